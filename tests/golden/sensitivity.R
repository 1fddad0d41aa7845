# Slopes that remove luck, each by its definition and plain loops, and the mixed model's likelihood.
source("json.R")
set.seed(77)

instrument <- function(x, y) {
  top <- 0; below <- 0
  for (m in seq_len(nrow(x))) {
    z <- colMeans(x[-m, , drop = FALSE])
    top <- top + sum(z * y[m, ]); below <- below + sum(z * x[m, ])
  }
  top / below
}

moment <- function(x, y) {
  within <- function(a, b) sum(vapply(seq_len(ncol(a)), function(c) cov(a[, c], b[, c]), 0))
  (sum(x * y) / nrow(x) - within(x, y)) / (sum(x * x) / nrow(x) - within(x, x))
}

# Deming's closed form; beside it the definition: least squares over both errors.
deming <- function(x, y) {
  r <- sum(apply(y, 2, var)) / sum(apply(x, 2, var))
  a <- colMeans(x); b <- colMeans(y)
  lead <- sum(b^2) - r * sum(a^2)
  slope <- (lead + sqrt(lead^2 + 4 * r * sum(a * b)^2)) / (2 * sum(a * b))
  loss <- function(k) sum((b - k * a)^2) / (r + k^2)
  stopifnot(abs(optimize(loss, slope + c(-1, 1), tol = 1e-10)$minimum - slope) < 1e-6)
  slope
}

jackknifed <- function(slope, x, y) {
  m <- nrow(x)
  pseudo <- vapply(seq_len(m), function(i) {
    m * slope(x, y) - (m - 1) * slope(x[-i, , drop = FALSE], y[-i, , drop = FALSE])
  }, 0)
  interval <- t.test(pseudo, conf.level = 0.99)$conf.int
  list(slope = slope(x, y), estimate = mean(pseudo), low = interval[1], high = interval[2])
}

# REML of y_m = (alpha + a_m) x_m + e, profiled over alpha and the residual variance.
mixed <- function(x, y) {
  n <- length(x)
  parts <- function(k) {  # k = Var(a) / Var(e)
    q <- rowSums(x^2)
    w <- q / (1 + k * q)
    alpha <- sum(rowSums(x * y) / (1 + k * q)) / sum(w)
    e <- y - alpha * x
    squares <- sum(e^2) - sum(k / (1 + k * q) * rowSums(x * e)^2)
    list(alpha = alpha, w = w, sigma2 = squares / (n - 1), q = q)
  }
  minus <- function(log_k) {
    p <- parts(exp(log_k))
    (n - 1) * log(p$sigma2) + sum(log(1 + exp(log_k) * p$q)) + log(sum(p$w))
  }
  k <- exp(optimize(minus, c(-15, 15), tol = 1e-12)$minimum)
  p <- parts(k)
  bound <- qnorm(0.995) * sqrt(p$sigma2 / sum(p$w))
  list(estimate = p$alpha, low = p$alpha - bound, high = p$alpha + bound,
       spread = sqrt(k * p$sigma2), residual = sqrt(p$sigma2))
}

one_case <- function(models, classes, slope, luck, memory) {
  mu <- seq(-0.12, 0.12, length.out = classes)
  noise <- function() matrix(rnorm(models * classes, 0, luck), models)
  centre <- matrix(mu, models, classes, byrow = TRUE)
  old <- noise()
  x <- centre + old
  y <- (slope + rnorm(models, 0, 0.15)) * centre + memory * old + noise()
  list(x = x, y = y, instrument = jackknifed(instrument, x, y), moment = jackknifed(moment, x, y),
       deming = jackknifed(deming, x, y), mixed = mixed(x, y))
}

write_golden(list(
  one_case(30, 10, 1.1, 0.012, 0.3),
  one_case(5, 3, 0.8, 0.02, 0),
  one_case(10, 40, 1.6, 0.03, 0.9),
  one_case(60, 2, 1, 0.01, 0.5)
))
