# Permutation tests with all arrangements, and intervals of effect sizes by the noncentral t.
source("json.R")
set.seed(19)

share <- function(statistics, observed, alternative) {
  slack <- 1e-12 * abs(observed)
  mean(switch(alternative,
    "two-sided" = abs(statistics) >= abs(observed) - slack,
    less = -statistics >= -observed - slack,
    greater = statistics >= observed - slack))
}

flips <- function(d, alternative) {
  signs <- as.matrix(expand.grid(rep(list(c(1, -1)), length(d))))
  share(as.vector(signs %*% d) / length(d), mean(d), alternative)
}

labels <- function(x, y, alternative) {
  both <- c(x, y)
  t_of <- function(i) t.test(both[i], both[-i])$statistic[[1]]
  share(combn(length(both), length(x), t_of), t_of(seq_along(x)), alternative)
}

noncentral <- function(t, df, level) {
  find <- function(p) {
    uniroot(function(ncp) pt(t, df, ncp) - p, t + c(-6, 6), tol = 1e-13)$root
  }
  c(find((1 + level) / 2), find((1 - level) / 2))
}

one_case <- function(x, y, level) {
  d <- x[seq_len(min(length(x), length(y)))] - y[seq_len(min(length(x), length(y)))]
  n <- length(x) + length(y) - 2
  j <- exp(lgamma(n / 2) - lgamma((n - 1) / 2)) / sqrt(n / 2)
  s <- sqrt(((length(x) - 1) * var(x) + (length(y) - 1) * var(y)) / n)
  size <- sqrt(length(x) * length(y) / (length(x) + length(y)))
  sides <- c("two-sided", "less", "greater")
  list(x = I(x), y = I(y), d = I(d), level = level,
       sign_flip = I(vapply(sides, function(a) flips(d, a), 0)),
       label = I(vapply(sides, function(a) labels(x, y, a), 0)),
       d_z = mean(d) / sd(d),
       d_z_interval = I(noncentral(mean(d) / sd(d) * sqrt(length(d)), length(d) - 1, level)
                        / sqrt(length(d))),
       hedges_g = j * (mean(x) - mean(y)) / s,
       hedges_g_interval = I(j * noncentral((mean(x) - mean(y)) / s * size, n, level) / size))
}

write_golden(list(
  one_case(rnorm(6, 1.1, 0.1), rnorm(6, 1.0, 0.1), 0.95),
  one_case(rnorm(5, 1.0, 0.1), rnorm(7, 1.3, 0.2), 0.99),
  one_case(round(rnorm(7, 1, 0.1), 1), round(rnorm(6, 1, 0.1), 1), 0.90)  # ties
))
