# Samples in clusters: bounds of the drop by the delete-one-cluster jackknife with one more cluster
# that speaks against the verdict, and the test of no drop of Durkalski et al. (2003).
source("json.R")
set.seed(12)

ratio <- function(d, w, added) {  # `added`: the drop of one more cluster
  size <- 1.25 * weighted.mean(w, w)
  d <- c(d, added * size)
  w <- c(w, size)
  k <- length(d)
  leave_one <- vapply(seq_len(k), function(j) sum(d[-j]) / sum(w[-j]), 0)
  drop <- sum(d) / sum(w)
  list(drop = drop, se = sqrt((k - 1) / k * sum((leave_one - drop)^2)),
       df = max(sum(w)^2 / sum(w^2) - 1, 1))
}
one_case <- function(n, lost, gained, error) {
  d <- lost - gained
  low <- ratio(d, n, -0.5); high <- ratio(d, n, 1)
  list(
    n = I(n), lost = I(lost), gained = I(gained), error = error,
    low = low$drop - qt(1 - error, low$df) * low$se,
    high = high$drop + qt(1 - error, high$df) * high$se,
    p = pt((low$drop - 0.05) / low$se, low$df, lower.tail = FALSE),
    no_drop = if (any(d != 0)) pchisq(sum(d)^2 / sum(d^2), 1, lower.tail = FALSE) else 1
  )
}
random_case <- function(clusters, drop, error) {
  n <- 1 + rpois(clusters, exp(rnorm(clusters, 2, 1)))
  lost <- rbinom(clusters, n, drop + 0.05)
  one_case(n, lost, rbinom(clusters, n - lost, 0.05), error)
}
write_golden(list(
  one_case(c(10, 10), c(0, 0), c(0, 0), 0.05),
  one_case(c(30, 5, 5, 200), c(9, 0, 1, 20), c(0, 2, 0, 3), 0.005),
  random_case(10, 0.05, 0.05), random_case(30, 0.2, 0.001), random_case(100, 0.02, 0.05)
))
