# Everything that a row of `rdstats slopes` and `rdstats conditions` holds, from counts.
source("json.R")
set.seed(2022)

# The class-mean slope, its jackknife and lambda as METHODS.md, Section 2, writes them: plain loops.
class_mean_slope <- function(x, y) coef(lm(colMeans(y) ~ 0 + colMeans(x)))[[1]]

pseudo_values <- function(x, y) {
  m <- nrow(x)
  theta <- class_mean_slope(x, y)
  vapply(seq_len(m), function(i) {
    m * theta - (m - 1) * class_mean_slope(x[-i, , drop = FALSE], y[-i, , drop = FALSE])
  }, 0)
}

retrain_reference <- function(x) {
  slopes <- c()
  for (i in seq_len(nrow(x))) for (j in seq_len(nrow(x))) if (i != j) {
    slopes <- c(slopes, coef(lm(x[j, ] ~ 0 + x[i, ]))[[1]])
  }
  mean(slopes)
}

# The sandwich over models of the line through all points, and t(M - 1): statsmodels' cov_type =
# "cluster" with its factor M / (M - 1) * (N - 1) / (N - 1), one coefficient being estimated.
clustered_interval <- function(x, y, level) {
  m <- nrow(x)
  slope <- coef(lm(as.vector(y) ~ 0 + as.vector(x)))[[1]]
  scores <- rowSums(x * (y - slope * x))
  error <- sqrt(m / (m - 1) * sum(scores^2)) / sum(x^2)
  slope + c(-1, 1) * qt((1 + level) / 2, m - 1) * error
}

# Two one-sided t tests, each at half the interval's error (Schuirmann 1987).
tost <- function(values, level, delta) {
  p_low <- t.test(values, mu = 1 - delta, alternative = "greater")$p.value
  p_high <- t.test(values, mu = 1 + delta, alternative = "less")$p.value
  max(p_low, p_high) < (1 - level) / 2
}

one_case <- function(models, n_samples, slope, luck) {
  classes <- length(n_samples)
  mu <- seq(-0.12, 0.12, length.out = classes)
  recall <- function(accuracy, slope) {
    p <- accuracy * (1 + slope * mu)
    noise <- matrix(rnorm(models * classes, 0, luck), models)
    pmin(pmax(matrix(p, models, classes, byrow = TRUE) + noise, 0), 1)
  }
  counts <- function(r) matrix(rbinom(length(r), rep(n_samples, each = models), r), models)
  before <- counts(recall(0.80, 1))
  after <- counts(recall(0.72, slope))

  samples <- matrix(n_samples, models, classes, byrow = TRUE)
  recall_before <- before / samples
  recall_after <- after / samples
  accuracy_before <- rowSums(before) / sum(n_samples)
  accuracy_after <- rowSums(after) / sum(n_samples)
  x <- (recall_before - accuracy_before) / accuracy_before
  y <- (recall_after - accuracy_after) / accuracy_after

  fits <- lapply(seq_len(models), function(m) lm(y[m, ] ~ 0 + x[m, ]))
  alpha <- vapply(fits, function(fit) coef(fit)[[1]], 0)
  # One family of five ratios, as in the paper: 1 - 0.05 / 5.
  level <- 0.99
  interval <- t.test(alpha, conf.level = level)$conf.int
  pooled <- lm(as.vector(y) ~ 0 + as.vector(x))
  clustered <- clustered_interval(x, y, level)
  pseudo <- pseudo_values(x, y)
  class_mean_interval <- t.test(pseudo, conf.level = level)$conf.int
  list(
    n_samples = I(n_samples), before = before, after = after,
    alpha = I(alpha),
    r_squared = I(suppressWarnings(vapply(fits, function(f) summary(f)$r.squared, 0))),
    recall_variance_before = I(apply(recall_before, 1, var)),
    recall_variance_after = I(apply(recall_after, 1, var)),
    alpha_pooled = coef(pooled)[[1]],
    r_squared_pooled = summary(pooled)$r.squared,
    pooled_low = clustered[1], pooled_high = clustered[2],
    alpha_mean = mean(alpha), ci_low = interval[1], ci_high = interval[2],
    pseudo_values = I(pseudo),
    alpha_class_mean = mean(pseudo),
    class_mean_low = class_mean_interval[1], class_mean_high = class_mean_interval[2],
    equivalent_within_10_percent = tost(pseudo, level, 0.10),
    equivalent_within_40_percent = tost(pseudo, level, 0.40),
    retrain_reference = retrain_reference(x),
    # A class at the accuracy has no ratio; what rounding leaves of 0 is 0.
    # The mean over models of each model's mean.
    intensification_mean = mean(sapply(seq_len(nrow(x)), function(m) {
      mean((y / x)[m, abs(x[m, ]) > 1e-12])
    })),
    accuracy_before_se = sd(accuracy_before) / sqrt(models),
    accuracy_after_se = sd(accuracy_after) / sqrt(models),
    alpha_se = sd(alpha) / sqrt(models)
  )
}

write_golden(list(
  one_case(5, rep(200, 2), 1.3, 0.01),
  one_case(30, rep(1000, 10), 1.0, 0.01),
  one_case(60, rep(100, 5), 0.9, 0.02),
  one_case(6, c(37, 110, 512, 88, 251, 19, 400), 1.2, 0.01),  # unbalanced: balances do not sum to 0
  one_case(8, rep(100, 100), 1.5, 0.02)
))
