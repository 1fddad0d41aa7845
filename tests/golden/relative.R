# A margin that is a share of the recall before: the score test of Nam and Blackwelder (2002) given
# the m samples that at least one model gets right, its exact tails, and unmatched counts by
# square-and-add from binom.test's bounds. Formulas in plain R.
source("json.R")
set.seed(8)

# The likeliest share g of gained samples; lost ones have delta + rho g, and R_t = rho R.
restricted <- function(b, c, m, d) {
  rho <- 1 - d
  slope <- function(g) {  # of the log likelihood
    (if (b > 0) b * rho / (d + rho * g) else 0) + (if (c > 0) c / g else 0) -
      (if (m > b + c) (m - b - c) * (1 + rho) / (rho - (1 + rho) * g) else 0)
  }
  ends <- c(max(0, -d / rho), rho / (1 + rho))
  inside <- ends + c(1e-14, -1e-14) * (ends[2] - ends[1])
  if (slope(inside[1]) <= 0) return(ends[1])
  if (slope(inside[2]) >= 0) return(ends[2])
  uniroot(slope, inside, tol = 1e-16, maxiter = 10000)$root
}
score <- function(b, c, m, d) {
  rho <- 1 - d
  distance <- b - rho * c - d * m
  if (distance == 0) return(0)
  g <- restricted(b, c, m, d)
  distance / sqrt(m * rho * (d + (1 + rho) * g))
}
bound <- function(b, c, m, z) {
  estimate <- 1 - (m - b) / (m - c)
  ends <- if (z > 0) c(-20, estimate - 1e-13) else c(estimate + 1e-13, 1 - 1e-9)
  uniroot(function(d) score(b, c, m, d) - z, ends, tol = 1e-14)$root
}

# P(L - rho G >= b - rho c), every sample lost with chance l and gained with chance g.
tail_at <- function(b, c, m, rho, l, g) {
  sum(vapply(0:m, function(k) {
    fewest <- ceiling(b - rho * c + rho * k - 1e-9)
    dbinom(k, m, g) * pbinom(fewest - 1, m - k, min(l / (1 - g), 1), lower.tail = FALSE)
  }, 0))
}
tail_down <- function(b, c, m, rho, l, g) {
  sum(vapply(0:m, function(k) {
    most <- floor(b - rho * c + rho * k + 1e-9)
    dbinom(k, m, g) * pbinom(most, m - k, min(l / (1 - g), 1))
  }, 0))
}
largest <- function(tail, around, fewest, b, c, m, d) {
  rho <- 1 - d
  g <- restricted(b, c, m, d)
  shares <- pmin(pmax(g + around * sqrt(max(g, fewest / m) * (1 - g) / m), 0), rho / (1 + rho))
  max(vapply(shares, function(each) tail(b, c, m, rho, d + rho * each, each), 0))
}

unmatched <- function(x, y, n, d, z, up) {
  rho <- 1 - d
  limits <- function(k) binom.test(k, n, conf.level = 1 - 2 * pnorm(-z))$conf.int[1:2]
  first <- limits(x); second <- limits(y)
  if (up) y / n - rho * x / n + sqrt((second[2] - y / n)^2 + rho^2 * (x / n - first[1])^2)
  else y / n - rho * x / n - sqrt((y / n - second[1])^2 + rho^2 * (first[2] - x / n)^2)
}
unmatched_bound <- function(x, y, n, z, up) {
  estimate <- 1 - y / x
  ends <- if (up) c(estimate, 1) else c(-50, estimate)
  uniroot(function(d) unmatched(x, y, n, d, z, !up), ends, tol = 1e-15)$root
}

one_case <- function(n, both, lost, gained, margin) {
  m <- both + lost + gained
  each <- function(f) I(mapply(f, lost, gained, m))
  z <- qnorm(1 - 0.05 / length(n))
  before <- both + lost; after <- both + gained
  list(
    n = I(n), both = I(both), lost = I(lost), gained = I(gained), margin = margin,
    z = each(function(b, c, m) score(b, c, m, margin)),
    low = each(function(b, c, m) bound(b, c, m, z)),
    high = each(function(b, c, m) bound(b, c, m, -z)),
    p = each(function(b, c, m) largest(tail_at, seq(-2, 2, 0.5), 0.5, b, c, m, margin)),
    p_clear = each(function(b, c, m) largest(tail_down, seq(-1, 1, 0.5), 0, b, c, m, margin)),
    unmatched_low = I(mapply(unmatched_bound, before, after, n, MoreArgs = list(z = z, up = FALSE))),
    unmatched_high = I(mapply(unmatched_bound, before, after, n, MoreArgs = list(z = z, up = TRUE)))
  )
}

random_case <- function(n, drop, churn, margin) {
  lost <- rbinom(length(n), n, (churn + drop) / 2)
  gained <- rbinom(length(n), n - lost, (churn - drop) / 2)
  one_case(n, rbinom(length(n), n - lost - gained, 0.9), lost, gained, margin)
}

write_golden(list(
  one_case(c(100, 100, 50), c(80, 1, 45), c(12, 7, 0), c(2, 0, 0), 0.05),
  one_case(c(1000, 60, 30), c(900, 20, 11), c(0, 5, 4), c(10, 9, 1), 0.2),
  random_case(rep(500, 8), seq(-0.02, 0.10, length.out = 8), 0.12, 0.03),
  random_case(rep(60, 12), rep(c(0, 0.05, 0.08, 0.2), 3), 0.25, 0.1)
))
