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

# Replicate weights of every method, on the same made-up weights; and regressions and tests with them.
R <- 12
replicate <- sapply(1:R, function(r) d$weight * (1 + ((d$firm * r) %% 13 - 6) / 12))
scales <- (1:R) / (2 * R)
made <- function(...) svrepdesign(weights = ~weight, repweights = replicate, data = d, combined.weights = TRUE, ...)
replicated <- list(
  BRR = made(type = "BRR"), Fay = made(type = "Fay", rho = 0.3), JK1 = made(type = "JK1", scale = (R - 1) / R),
  JKn = made(type = "JKn", scale = 1, rscales = scales),
  bootstrap = made(type = "bootstrap", scale = 1 / (R - 1), rscales = rep(1, R)),
  SDR = made(type = "successive-difference")
)
for (name in names(replicated)) {
  D <- replicated[[name]]
  say(name, "mean_se", SE(svymean(~hours, D)))
  say(name, "df", degf(D))
  b <- svyby(~y, ~sex, D, svymean, na.rm = TRUE); say(name, "share_se_2", SE(b)[2])
}
D <- replicated$bootstrap
g <- coef(summary(svyglm(y ~ big + late, D, family = quasibinomial, control = tight)))
for (i in 1:3) { say("bootstrap", paste0("logistic_", i), g[i, 1]); say("bootstrap", paste0("logistic_se_", i), g[i, 2]) }
x <- svychisq(~wears + size, subset(D, !is.na(y)))
say("bootstrap", "rao_scott", x$statistic); say("bootstrap", "rao_scott_ndf", x$parameter[1])

# Weights calibrated to known totals: raking, and the regression estimator.
N <- 1.2e6
sizes <- c("E5-9", "E10-49", "E50-249", "E_GE250")
totals <- c(N, 0.48 * N, 0.3 * N, 0.1 * N, 0.4 * N)
for (method in c("raking", "linear")) {
  for (base in c("clustered", "jackknife")) {
    D <- calibrate(designs[[base]], ~ factor(sex) + factor(size, sizes), population = totals, calfun = method, epsilon = 1e-12)
    name <- paste(base, method)
    m <- svymean(~hours, D); say(name, "mean", coef(m)); say(name, "mean_se", SE(m))
    t <- svytotal(~y, D, na.rm = TRUE); say(name, "total", coef(t)); say(name, "total_se", SE(t))
    b <- svyby(~y, ~sex, D, svymean, na.rm = TRUE); say(name, "share_2", coef(b)[2]); say(name, "share_se_2", SE(b)[2])
    if (base == "jackknife") next
    g <- coef(summary(svyglm(y ~ big + late, D, family = quasibinomial, control = tight)))
    for (i in 1:3) { say(name, paste0("logistic_", i), g[i, 1]); say(name, paste0("logistic_se_", i), g[i, 2]) }
  }
}
