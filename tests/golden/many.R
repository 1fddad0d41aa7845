# Weights of a small grid of true (lost, gained) shares by a general optimiser: the log-likelihood of
# classes' counts, multinomial given the point, over the softmax of the weights.
source("json.R")

fitted <- function(counts, classes, loss, gain) {
  likelihood <- sapply(seq_along(loss), function(k) {
    apply(counts, 1, dmultinom, prob = c(loss[k], gain[k], 1 - loss[k] - gain[k]))
  })
  minus <- function(x) -sum(classes * log(likelihood %*% (exp(c(x, 0)) / sum(exp(c(x, 0))))))
  x <- rep(0, length(loss) - 1)
  for (i in 1:20) {  # begun again from where it stopped, until nothing moves
    x <- optim(x, minus, method = "BFGS", control = list(reltol = 1e-16, maxit = 10000))$par
  }
  list(counts = counts, classes = I(classes), loss = I(loss), gain = I(gain),
       weights = I(exp(c(x, 0)) / sum(exp(c(x, 0)))), log_likelihood = -minus(x))
}

write_golden(list(
  fitted(rbind(c(1, 1, 48), c(3, 2, 45), c(12, 1, 37), c(10, 3, 37)), c(50, 30, 5, 3),
         c(0.03, 0.25), c(0.03, 0.05)),
  fitted(rbind(c(0, 0, 20), c(2, 1, 17), c(5, 1, 14), c(9, 0, 11)), c(40, 40, 10, 8),
         c(0.02, 0.1, 0.4), c(0.02, 0.05, 0.03))
))
