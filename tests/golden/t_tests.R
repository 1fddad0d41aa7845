# Every t test of Section 7: paired, Welch and Student, on each side, with bounds and effect sizes.
source("json.R")
set.seed(7)

# Hedges 1981 with the exact factor.
hedges_g <- function(x, y) {
  n <- length(x) + length(y) - 2
  s <- sqrt(((length(x) - 1) * var(x) + (length(y) - 1) * var(y)) / n)
  exp(lgamma(n / 2) - lgamma((n - 1) / 2)) / sqrt(n / 2) * (mean(x) - mean(y)) / s
}

tests <- function(x, y, paired, student, error) {
  effect <- if (paired) mean(x - y) / sd(x - y) else hedges_g(x, y)
  run <- function(alternative, level) {
    t.test(x, y, paired = paired, var.equal = student, alternative = alternative,
           conf.level = level)
  }
  lapply(c("two-sided", "less", "greater"), function(alternative) {
    test <- run(sub("-", ".", alternative), 1 - error)
    # Both one-sided bounds are kept, whichever side is tested.
    bounds <- if (alternative == "two-sided") test$conf.int
      else c(run("greater", 1 - error)$conf.int[1], run("less", 1 - error)$conf.int[2])
    list(x = I(x), y = I(y), paired = paired, student = student, error = error,
         alternative = alternative, t = test$statistic[[1]], dof = test$parameter[[1]],
         p = test$p.value, low = bounds[1], high = bounds[2], effect = effect)
  })
}

# Slopes as they come: few or many models, alike or not.
one <- rnorm(30, 1.10, 0.10)
two <- one + rnorm(30, 0.05, 0.05)
few <- rnorm(5, 0.95, 0.02)
wide <- rnorm(12, 1.60, 0.50)
far <- two + 2  # p near the smallest double
write_golden(c(
  tests(one, two, TRUE, FALSE, 0.05 / 4),
  tests(few, rev(few) + rnorm(5, 0, 0.01), TRUE, FALSE, 0.05 / 6),
  tests(one, far, TRUE, FALSE, 0.05 / 25),
  tests(one, two, FALSE, FALSE, 0.05 / 4),
  tests(one, two, FALSE, TRUE, 0.05 / 4),
  tests(few, wide, FALSE, FALSE, 0.05 / 3),
  tests(few, wide, FALSE, TRUE, 0.05 / 3),
  tests(few[1:2], wide[1:2], FALSE, FALSE, 0.05)
))
