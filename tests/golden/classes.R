# A verdict per class: t tests over models against a margin, Holm over the classes.
source("json.R")
set.seed(11)

judged <- function(drop, margin) {
  classes <- ncol(drop)
  each <- function(f) vapply(seq_len(classes), function(c) f(drop[, c]), 0)
  p <- each(function(d) t.test(d, mu = margin, alternative = "greater")$p.value)
  level <- 1 - 0.05 / classes
  list(
    drop = I(colMeans(drop)), p = I(p), p_adjusted = I(p.adjust(p, "holm")),
    low = I(each(function(d) t.test(d, alternative = "greater", conf.level = level)$conf.int[1])),
    high = I(each(function(d) t.test(d, alternative = "less", conf.level = level)$conf.int[2])),
    upper = I(each(function(d) t.test(d, alternative = "less")$conf.int[2])),
    # Strict counts the wrong side too, which a test at 0.05 / classes has next to no chance of.
    smallest_visible_drop = I(each(function(d) {
      margin + power.t.test(
        n = length(d), sd = sd(d), sig.level = 2 * 0.05 / classes, power = 0.8,
        type = "one.sample", strict = TRUE, tol = 1e-14
      )$delta
    }))
  )
}

one_case <- function(models, n_samples, loss, margin) {
  classes <- length(n_samples)
  counts <- function(p) {
    p <- matrix(p, models, classes, byrow = TRUE) + rnorm(models * classes, 0, 0.02)
    matrix(rbinom(length(p), rep(n_samples, each = models), pmin(pmax(p, 0), 1)), models)
  }
  before <- counts(rep(0.85, classes))
  after <- counts(0.85 - loss)
  control <- counts(rep(0.86, classes))
  samples <- matrix(n_samples, models, classes, byrow = TRUE)
  fell <- function(a, b) (a - b) / samples
  excess <- function(a, b) fell(a, b) - (rowSums(a) - rowSums(b)) / sum(n_samples)
  list(
    n_samples = I(n_samples), before = before, after = after, control = control, margin = margin,
    drop = list(alone = judged(fell(before, after), margin),
                control = judged(fell(before, after) - fell(before, control), margin)),
    excess = list(alone = judged(excess(before, after), margin),
                  control = judged(excess(before, after) - excess(before, control), margin))
  )
}

write_golden(list(
  one_case(30, rep(1000, 10), seq(-0.02, 0.16, length.out = 10), 0.05),
  one_case(5, c(40, 200, 77, 500), c(0, 0.3, 0.05, 0.1), 0.02),
  one_case(12, rep(100, 100), rep(c(0, 0.05, 0.2, 0.08), 25), 0.05),
  one_case(6, c(400, 300), c(0.0, 0.2), 0)
))
