# p.adjust with the size of the family as designed; null is a test that could not be done.
source("json.R")

adjusted <- function(p, n) {
  adjust <- function(method) {
    result <- rep(NA_real_, length(p))
    result[!is.na(p)] <- p.adjust(p[!is.na(p)], method, n = n)
    result
  }
  list(p = I(p), family_size = n,
       bonferroni = I(adjust("bonferroni")), holm = I(adjust("holm")), bh = I(adjust("BH")))
}

write_golden(list(
  adjusted(c(0.01, 0.04, 0.03, 0.005), 4),
  adjusted(c(0.5, 0.0001, 0.3, 0.02, 0.02), 5),
  adjusted(c(0.01, NA, 0.02, 0.9), 4),
  adjusted(c(0.012, 0.011), 25),
  adjusted(0.03, 1)
))
