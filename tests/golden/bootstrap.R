# BCa bounds from replicates that are given: Efron 1987, quantile type 7.
source("json.R")
set.seed(5)

one_case <- function(x, level) {
  estimate <- mean(x)^3
  replicates <- replicate(999, mean(sample(x, replace = TRUE))^3)
  without <- vapply(seq_along(x), function(i) mean(x[-i])^3, 0)
  z0 <- qnorm(mean(replicates < estimate))
  d <- mean(without) - without
  a <- sum(d^3) / (6 * sum(d^2)^1.5)
  z <- z0 + qnorm(c((1 - level) / 2, (1 + level) / 2))
  bounds <- quantile(replicates, pnorm(z0 + z / (1 - a * z)), names = FALSE)
  list(estimate = estimate, replicates = I(replicates), without = I(without), level = level,
       low = bounds[1], high = bounds[2])
}

write_golden(list(one_case(rexp(12), 0.95), one_case(rnorm(30, 1, 0.1), 0.99)))
