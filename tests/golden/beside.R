# What is read beside the slope: the control, the balance slope, the residuals, psi_c, collapse.
source("json.R")
set.seed(41)

class_mean_slope <- function(x, y) coef(lm(colMeans(y) ~ 0 + colMeans(x)))[[1]]

# The jackknife of any function of models, one loop (METHODS.md, Section 2).
pseudo_values <- function(models, theta) {
  vapply(seq_len(models), function(i) {
    models * theta(seq_len(models)) - (models - 1) * theta(seq_len(models)[-i])
  }, 0)
}

one_case <- function(models, n_samples, slope, slope_control, accuracy) {
  classes <- length(n_samples)
  mu <- seq(-0.12, 0.12, length.out = classes)
  counts <- function(accuracy, slope) {
    p <- matrix(accuracy * (1 + slope * mu), models, classes, byrow = TRUE)
    p <- pmin(pmax(p + rnorm(models * classes, 0, 0.02), 0), 1)
    matrix(rbinom(length(p), rep(n_samples, each = models), p), models)
  }
  arms <- list(before = counts(0.80, 1), after = counts(accuracy, slope),
               control = counts(0.81, slope_control))
  samples <- matrix(n_samples, models, classes, byrow = TRUE)
  recalls <- lapply(arms, function(n) n / samples)
  # Micro accuracy, over samples, and macro, over classes.
  micro <- lapply(arms, function(n) rowSums(n) / sum(n_samples))
  macro <- lapply(recalls, rowMeans)

  with_accuracy <- function(accuracies) {
    raw <- Map(function(r, a) r - a, recalls, accuracies)
    norm <- Map(function(r, a) (r - a) / a, recalls, accuracies)
    # The joint jackknife of the difference: both slopes lose the same model.
    joint <- pseudo_values(models, function(m) {
      class_mean_slope(norm$before[m, ], norm$after[m, ]) -
        class_mean_slope(norm$before[m, ], norm$control[m, ])
    })
    interval <- t.test(joint, conf.level = 0.99)$conf.int
    tost <- function(delta) {
      max(t.test(joint, mu = -delta, alternative = "greater")$p.value,
          t.test(joint, mu = delta, alternative = "less")$p.value) < 0.005
    }
    x <- colMeans(norm$before)
    y <- colMeans(norm$after)
    excess <- (recalls$before - recalls$after) - (accuracies$before - accuracies$after)
    line <- if (abs(sum(x)) < 1e-9) c(NA, NA) else coef(lm(y ~ x))
    list(
      control_difference = mean(joint),
      control_difference_low = interval[1], control_difference_high = interval[2],
      equivalent_within_10_percent = tost(0.10), equivalent_within_40_percent = tost(0.40),
      accuracy_ratio = mean(accuracies$before) / mean(accuracies$after),
      balance_slope = mean(pseudo_values(models, function(m) {
        class_mean_slope(raw$before[m, ], raw$after[m, ])
      })),
      residual_spread = summary(lm(y ~ 0 + x))$sigma,
      intercept = line[[1]], alpha_with_intercept = line[[2]],
      largest_excess_drop = max(colMeans(excess)),
      largest_excess_drop_class = which.max(colMeans(excess)) - 1
    )
  }
  list(
    n_samples = I(n_samples), before = arms$before, after = arms$after, control = arms$control,
    skewness = I(apply(recalls$after, 2, function(x) {
      mean((x - mean(x))^3) / mean((x - mean(x))^2)^1.5
    })),
    classes_collapsed = mean(rowSums(recalls$after < 1 / classes)),
    models_collapsed = sum(rowSums(recalls$after < 1 / classes) >= classes / 2),
    micro = with_accuracy(micro), macro = with_accuracy(macro)
  )
}

write_golden(list(
  one_case(30, rep(1000, 10), 1.2, 1.0, 0.70),
  one_case(6, c(37, 110, 512, 88, 251, 19, 400), 0.7, 1.1, 0.60),
  one_case(8, rep(200, 25), 7, 1.0, 0.30),
  one_case(5, c(300, 100, 200), 1.4, 0.9, 0.75)
))
