# Power of the t interval of a mean over models, and the images that paired proportions need.
source("json.R")

# R's uniroot stops at a tolerance; here it goes to the last digits.
needed <- function(effect, sd, level, power) {
  power.t.test(delta = effect, sd = sd, sig.level = level, power = power,
               type = "one.sample", strict = TRUE, tol = 1e-12)$n
}

seeds <- function(effect, sd, level, power, models) {
  list(
    effect = effect, sd = sd, level = level, power = power, models = models,
    power_of_mean = power.t.test(n = models, delta = effect, sd = sd, sig.level = level,
                                 type = "one.sample", strict = TRUE)$power,
    models_needed = ceiling(needed(effect, sd, level, power)),
    smallest_effect = power.t.test(n = models, sd = sd, sig.level = level, power = power,
                                   type = "one.sample", strict = TRUE, tol = 1e-14)$delta,
    sd_upper_bound = sd * sqrt((models - 1) / qchisq(1 - 0.8, models - 1))
  )
}

images <- function(drop, churn, margin, level, power) {
  z <- qnorm(1 - level) * sqrt(churn - margin^2) + qnorm(power) * sqrt(churn - drop^2)
  list(drop = drop, churn = churn, margin = margin, level = level, power = power,
       images_needed = ceiling((z / (drop - margin))^2))
}

write_golden(list(
  seeds(0.10, 0.1, 0.01, 0.8, 16),
  seeds(0.05, 0.1, 0.01, 0.8, 51),
  seeds(0.05, 0.1, 0.05, 0.9, 30),
  seeds(0.02, 0.1, 0.01, 0.8, 5),
  seeds(0.20, 0.07, 0.0025, 0.95, 10),
  seeds(0.01, 0.1, 0.05, 0.5, 2),
  images(0.10, 0.15, 0, 0.05, 0.8),
  images(0.10, 0.15, 0.05, 0.005, 0.8),
  images(0.25, 0.30, 0.05, 0.0005, 0.8),
  images(0.02, 0.05, 0.01, 0.05, 0.9),
  images(0.30, 0.30, 0, 0.01, 0.99)
))
