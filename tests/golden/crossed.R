# Mean over samples and models that are crossed random effects: mean squares, standard error,
# Satterthwaite's degrees of freedom, bounds with and without the pseudo-sample.
source("json.R")
set.seed(17)

analysed <- function(d) {
  n <- nrow(d); m <- ncol(d)
  long <- data.frame(d = as.vector(d), sample = factor(row(d)), model = factor(col(d)))
  ms <- anova(lm(d ~ sample + model, long))[["Mean Sq"]]
  both <- ms[1] + ms[2] - ms[3]
  squares <- c(ms[1], ms[2], both)
  of_sum <- both^2 / (ms[1]^2 / (n - 1) + ms[2]^2 / (m - 1) + ms[3]^2 / ((n - 1) * (m - 1)))
  list(mean = mean(d), ms_samples = ms[1], ms_models = ms[2], ms_rest = ms[3],
       standard_error = sqrt(max(squares) / (n * m)),
       degrees_of_freedom = min(c(n - 1, m - 1, of_sum)[which.max(squares)],
                                if (m < 5) m - 1 else Inf))
}

one_case <- function(n, m, shared, seed_sd, margin) {
  of_sample <- rnorm(n, 0, shared); of_model <- rnorm(m, 0, seed_sd)
  score <- outer(of_sample, of_model, "+") + rnorm(n * m)
  d <- ifelse(score > 1.3, 1, ifelse(score < -2, -1, 0))
  with_lost <- analysed(rbind(d, 1)); with_gained <- analysed(rbind(d, -1))
  list(
    differences = d, margin = margin, plain = analysed(d),
    upper = with_lost$mean + qt(0.95, with_lost$degrees_of_freedom) * with_lost$standard_error,
    p = pt((with_gained$mean - margin) / with_gained$standard_error,
           with_gained$degrees_of_freedom, lower.tail = FALSE)
  )
}

write_golden(list(
  one_case(40, 5, 1, 0.1, 0.05),   # samples differ most
  one_case(30, 4, 0.1, 1.2, 0.02), # models differ most
  one_case(60, 8, 0.8, 0.6, 0.1),  # both
  one_case(25, 3, 0.3, 0.3, 0.05)
))
