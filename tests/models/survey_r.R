# The numbers of tests/models/survey_r.csv: R's survey package on the made-up survey that comes with the workbench.
# Made with R 4.2.2, survey 4.1-1, MASS 7.3 (Debian 12: r-cran-survey, r-cran-mass).
# Rscript tests/models/survey_r.R catalogs/data/workers_made_up.csv > tests/models/survey_r.csv
suppressMessages(library(survey))
d <- read.csv(commandArgs(TRUE)[1])
d$stratum <- paste(d$wave, d$region, d$size)
d$y <- ifelse(d$wears <= 2, d$wears == 1, NA) * 1
d$old <- d$age >= 55
d$big <- (d$size == "E_GE250") * 1
d$late <- (d$wave == 2025) * 1
say <- function(design, what, x) cat(sprintf("%s,%s,%.12g\n", design, what, as.numeric(x)), sep = "")
tight <- list(epsilon = 1e-14, maxit = 50) # by default R stops at 1e-8, and errors differ in the sixth digit
cat("design,what,value\n")
designs <- list(
  stratified = svydesign(id = ~1, strata = ~stratum, weights = ~weight, data = d),
  clustered = svydesign(id = ~firm, strata = ~stratum, weights = ~weight, data = d),
  corrected = svydesign(id = ~firm, strata = ~stratum, weights = ~weight, fpc = ~firms, data = d)
)
designs$jackknife <- as.svrepdesign(designs$clustered, type = "JKn")
for (name in names(designs)) {
  D <- designs[[name]]
  m <- svymean(~hours, D); say(name, "mean", coef(m)); say(name, "mean_se", SE(m))
  t <- svytotal(~y, D, na.rm = TRUE); say(name, "total", coef(t)); say(name, "total_se", SE(t))
  r <- svyratio(~y, ~hours, D, na.rm = TRUE); say(name, "ratio", coef(r)); say(name, "ratio_se", SE(r))
  b <- svyby(~y, ~sex, D, svymean, na.rm = TRUE)
  for (i in 1:2) { say(name, paste0("share_", i), coef(b)[i]); say(name, paste0("share_se_", i), SE(b)[i]) }
  s <- svymean(~hours, subset(D, old)); say(name, "domain", coef(s)); say(name, "domain_se", SE(s))
  if (name == "jackknife") next
  say(name, "deff", deff(svymean(~hours, D, deff = "replace")))
  p <- svyciprop(~y, subset(D, !is.na(y)), method = "logit")
  say(name, "logit_low", attr(p, "ci")[1]); say(name, "logit_high", attr(p, "ci")[2])
  q <- svyquantile(~hours, D, 0.5)[[1]]; say(name, "median", q[1]); say(name, "median_low", q[2])
  x <- svychisq(~wears + size, subset(D, !is.na(y)))
  say(name, "rao_scott", x$statistic); say(name, "rao_scott_ndf", x$parameter[1]); say(name, "rao_scott_p", x$p.value)
  g <- coef(summary(svyglm(y ~ big + late + hours, D, family = quasibinomial, control = tight)))
  for (i in 1:4) { say(name, paste0("logistic_", i), g[i, 1]); say(name, paste0("logistic_se_", i), g[i, 2]) }
  g <- coef(summary(svyglm(y ~ big + late, D, family = quasipoisson, control = tight)))
  for (i in 1:3) { say(name, paste0("poisson_", i), g[i, 1]); say(name, paste0("poisson_se_", i), g[i, 2]) }
  o <- coef(summary(svyolr(factor(strain) ~ big + late, D)))
  for (i in 1:5) { say(name, paste0("ordinal_", i), o[i, 1]); say(name, paste0("ordinal_se_", i), o[i, 2]) }
}
