# Writes lists as JSON, numbers with 17 digits so that they read back as the same double.
# Base R has no JSON writer, and base R is all that these references ask for.

json <- function(x) {
  if (is.list(x) && !is.null(names(x))) {
    fields <- vapply(names(x), function(n) paste0("\"", n, "\": ", json(x[[n]])), "")
    return(paste0("{", paste(fields, collapse = ", "), "}"))
  }
  if (is.list(x)) return(paste0("[\n", paste(vapply(x, json, ""), collapse = ",\n"), "\n]"))
  if (is.matrix(x)) {
    return(paste0("[", paste(apply(x, 1, function(row) json(I(row))), collapse = ", "), "]"))
  }
  words <- if (is.character(x)) paste0("\"", x, "\"")
    else if (is.logical(x) && !all(is.na(x))) ifelse(x, "true", "false")
    else ifelse(is.na(x), "null", sprintf("%.17g", x))
  if (length(x) == 1 && !inherits(x, "AsIs")) return(words)
  paste0("[", paste(words, collapse = ", "), "]")
}

write_golden <- function(cases) {
  cat(json(list(made_by = R.version.string, cases = cases)), "\n", sep = "")
}
