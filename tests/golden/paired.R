# One pair of models: exact McNemar, Tango's score test and interval, its exact counterpart,
# Newcombe's interval from Clopper and Pearson's, and the variance of the excess drop. Formulas in plain R.
source("json.R")
set.seed(5)

# Tango (1998): the restricted share of gained images, and the score statistic.
restricted <- function(b, c, n, d) {
  B <- -b - c + (2 * n - b + c) * d
  C <- -c * d * (1 - d)
  root <- sqrt(max(B^2 - 8 * n * C, 0))
  if (B > 0) -2 * C / (B + root) else (root - B) / (4 * n)
}
score <- function(b, c, n, d) {
  if (b - c - n * d == 0) return(0)
  q <- restricted(b, c, n, d)
  (b - c - n * d) / sqrt(n * (2 * q + d * (1 - d)))
}
bound <- function(b, c, n, z) {
  ends <- if (z > 0) c(-1, (b - c) / n) else c((b - c) / n, 1)
  if (ends[1] == ends[2]) return(ends[1])
  # the ends themselves may be 0 / 0
  uniroot(function(d) score(b, c, n, d) - z, ends + c(1e-13, -1e-13) * (ends[2] - ends[1]),
          tol = 1e-15, extendInt = "no",
          f.lower = if (z > 0) 1 else -z, f.upper = if (z > 0) -z else -1)$root
}

# P(L - G >= b - c), every image lost with chance q + d and gained with chance q.
at_least <- function(difference, n, lost, gained) {
  g <- 0:n
  fewest <- difference + g
  share <- min(lost / (1 - gained), 1)
  sum(dbinom(g, n, gained) * pbinom(fewest - 1, n - g, share, lower.tail = FALSE))
}
p_harm <- function(b, c, n, d) {
  q <- restricted(b, c, n, d)
  at_least(b - c, n, q + d, q)
}
p_clear <- function(b, c, n, d) {
  q <- restricted(b, c, n, d)
  at_least(c - b, n, q, q + d)
}
upper <- function(b, c, n, error) {
  if (b - c == n) return(1)
  uniroot(function(d) p_clear(b, c, n, d) - error, c((b - c) / n, 1 - 1e-14), tol = 1e-15)$root
}

exact <- function(x, n, z) binom.test(x, n, conf.level = 1 - 2 * pnorm(-z))$conf.int[1:2]
newcombe <- function(x, y, n, z) {
  p <- x / n; q <- y / n; first <- exact(x, n, z); second <- exact(y, n, z)
  c(p - q - sqrt((p - first[1])^2 + (second[2] - q)^2),
    p - q + sqrt((first[2] - p)^2 + (q - second[1])^2))
}

one_case <- function(n, both, lost, gained, margin) {
  classes <- length(n)
  z <- qnorm(1 - 0.05 / classes)
  each <- function(f) I(mapply(f, lost, gained, n))
  before <- both + lost
  after <- both + gained
  bounds <- mapply(newcombe, before, after, n, MoreArgs = list(z = z))
  drop <- (lost - gained) / n
  excess <- drop - (sum(before) - sum(after)) / sum(n)
  s2 <- (lost + gained) / n - drop^2
  w <- n / sum(n)
  variance <- vapply(seq_len(classes), function(k) {
    (1 - w[k])^2 * s2[k] / n[k] + sum((w^2 * s2 / n)[-k])
  }, 0)
  p <- each(function(b, c, n) p_harm(b, c, n, margin))
  list(
    n = I(n), both = I(both), lost = I(lost), gained = I(gained), margin = margin,
    mcnemar = each(function(b, c, n) if (b + c == 0) 1 else binom.test(b, b + c)$p.value),
    z = each(function(b, c, n) score(b, c, n, margin)),
    low = each(function(b, c, n) bound(b, c, n, z)),
    high = each(function(b, c, n) bound(b, c, n, -z)),
    p = p, p_adjusted = I(p.adjust(p, "holm")),
    p_clear = each(function(b, c, n) p_clear(b, c, n, margin)),
    upper = each(function(b, c, n) upper(b, c, n, 0.05)),
    newcombe_low = I(bounds[1, ]), newcombe_high = I(bounds[2, ]),
    excess = I(excess), excess_variance = I(variance)
  )
}

random_case <- function(n, drop, churn, margin) {
  lost <- rbinom(length(n), n, (churn + drop) / 2)
  gained <- rbinom(length(n), n - lost, (churn - drop) / 2)
  one_case(n, rbinom(length(n), n - lost - gained, 0.9), lost, gained, margin)
}

write_golden(list(
  one_case(c(100, 100), c(80, 70), c(12, 5), c(2, 5), 0.05),
  one_case(c(50, 1000, 7), c(40, 900, 3), c(0, 90, 4), c(0, 10, 0), 0.05),
  one_case(c(1, 20, 400), c(0, 0, 0), c(1, 20, 0), c(0, 0, 400), 0.05),
  random_case(rep(1000, 10), seq(-0.02, 0.10, length.out = 10), 0.12, 0.03),
  random_case(rep(100, 100), rep(c(0, 0.05, 0.08, 0.2), 25), 0.25, 0.05),
  random_case(c(40, 200, 77, 500, 3000), c(0, 0.1, 0.05, 0.02, 0.06), 0.10, 0.02)
))
