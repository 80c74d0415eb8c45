"""Writes test/golden/stats.json: the statistics of src/stats by scipy and statsmodels (Debian: python3-scipy python3-statsmodels)."""

import json
import pathlib

import numpy
from scipy import optimize, stats
from statsmodels.stats.proportion import proportion_confint

rng = numpy.random.default_rng(2026)


def antitonic_cases():
    """Non-increasing least squares as a bounded linear problem: x = level + sums of drops that are not negative."""
    for count in (1, 2, 7, 40):
        y = numpy.round(numpy.linspace(1, 0, count) + rng.normal(0, 0.3, count), 6)
        design = numpy.triu(numpy.ones((count, count)))
        bounds = (numpy.r_[numpy.zeros(count - 1), -numpy.inf], numpy.inf)
        fit = design @ optimize.lsq_linear(design, y, bounds=bounds, method="bvls", tol=1e-14).x
        yield {"values": y.tolist(), "fit": fit.tolist()}


def logistic(u, before, after, middle, scale):
    return before + (after - before) / (1 + numpy.exp(-(u - middle) / scale))


def curve_cases():
    for before, after, midpoint, scale, noise, steps in (
        (0.98, 0.02, 2500, 0.15, 0.01, numpy.arange(200, 20001, 200)),
        (0.0, 2.7, 2200, 0.08, 0.05, numpy.arange(200, 20001, 200)),
        (0.4, 0.8, 700, 0.5, 0.02, numpy.unique(numpy.round(numpy.geomspace(1, 20000, 120)))),
        (1.0, 0.1, 300, 0.3, 0.03, numpy.arange(50, 2001, 50)),
    ):
        u = numpy.log(steps)
        y = numpy.round(logistic(u, before, after, numpy.log(midpoint), scale) + rng.normal(0, noise, len(u)), 6)
        start = (before, after, numpy.log(midpoint), scale)
        found, _ = optimize.curve_fit(logistic, u, y, start, xtol=1e-14, ftol=1e-14, gtol=1e-14)
        rest = y - logistic(u, *found)
        yield {
            "steps": steps.tolist(),
            "values": y.tolist(),
            "before": found[0],
            "after": found[1],
            "midpoint": numpy.exp(found[2]),
            "scale": found[3],
            "explained": 1 - (rest**2).sum() / ((y - y.mean()) ** 2).sum(),
        }


def change_cases():
    """Optimal partitioning without pruning (Jackson et al. 2005), O(n²)."""
    for levels, noise in (
        ([(30, 0.4), (70, 0.8)], 0.03),
        ([(20, 0), (5, 1.5), (40, 2.7), (35, 3.0)], 0.05),
        ([(60, 0.5)], 0.1),
        ([(15, 1), (3, 0.5), (60, 0)], 0.0),
    ):
        y = numpy.concatenate([numpy.full(count, level) for count, level in levels])
        y = numpy.round(y + rng.normal(0, noise, len(y)) if noise else y, 6)
        mad = stats.median_abs_deviation(numpy.diff(y), scale=1 / 1.4826) / numpy.sqrt(2)
        sigma = max(mad, 0.01 * numpy.ptp(y))
        penalty = 3 * numpy.log(len(y)) * sigma**2
        best, last = [-penalty], [0]
        for to in range(1, len(y) + 1):
            costs = [best[s] + ((y[s:to] - y[s:to].mean()) ** 2).sum() + penalty for s in range(to)]
            best.append(min(costs))
            last.append(int(numpy.argmin(costs)))
        ends, to = [], len(y)
        while to > 0:
            to = last[to]
            ends.append(to)
        yield {"values": y.tolist(), "at": sorted(ends)[1:]}


def firth_cases():
    """Penalised likelihood maximised without derivatives, its profile solved for by Brent's method."""
    for x, n, k in (
        ([1.3, 1.7, 2.0, 2.3, 2.6, 2.8, 3.0], [3] * 7, [0, 0, 0, 1, 2, 3, 3]),
        ([1.3, 1.7, 2.0, 2.3, 2.6, 2.8, 3.0], [3] * 7, [0, 0, 0, 0, 3, 3, 3]),
        ([2.0, 2.87, 2.875, 3.0], [1, 3, 3, 1], [0, 1, 2, 1]),
        ([1, 2, 3, 4, 5], [20, 20, 20, 20, 20], [1, 4, 9, 17, 19]),
    ):
        x, n, k = (numpy.array(v, float) for v in (x, n, k))

        def value(level, slope, origin=0.0):
            eta = level + slope * (x - origin)
            p = 1 / (1 + numpy.exp(-eta))
            w = n * p * (1 - p)
            z = x - origin
            determinant = w.sum() * (w * z * z).sum() - (w * z).sum() ** 2
            return (k * eta - n * numpy.logaddexp(0, eta)).sum() + 0.5 * numpy.log(determinant)

        def smallest(f, start):
            for _ in range(4):
                start = optimize.minimize(f, start, method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-14, "maxiter": 10000}).x
            return start

        centre = (n * x).sum() / n.sum()
        level, slope = smallest(lambda b: -value(b[0], b[1], centre), [0.0, 1.0])
        top = value(level, slope, centre)
        threshold = centre - level / slope

        def profile(at, fixed=0.0):
            return max(
                -optimize.minimize_scalar(lambda b: -value(fixed, b, at), bracket=(slope * s, slope * s * 1.1), tol=1e-13).fun
                for s in (0.3, 1.0)
            )

        def solve(f, inside, step):
            outside = inside + step
            for _ in range(200):
                if f(outside) > 0:
                    return optimize.brentq(f, inside, outside, xtol=1e-12)
                inside, outside = outside, outside + step
            return None

        chi2 = stats.chi2.ppf(0.95, 1)
        drop = lambda at: 2 * (top - profile(at)) - chi2
        here = x[len(x) // 2]
        eta = level + slope * (here - centre)
        drop_here = lambda fixed: 2 * (top - profile(here, fixed)) - chi2
        expit = lambda v: 1 / (1 + numpy.exp(-v))
        yield {
            "x": x.tolist(),
            "trials": n.tolist(),
            "successes": k.tolist(),
            "intercept": level - slope * centre,
            "slope": slope,
            "likelihood": top,
            "threshold": [solve(drop, threshold, -0.02), threshold, solve(drop, threshold, 0.02)],
            "probability": [expit(solve(drop_here, eta, -0.1)), expit(eta), expit(solve(drop_here, eta, 0.1))],
            "at": here,
        }


def proportion_cases():
    for successes, trials in ((0, 1), (1, 1), (3, 3), (0, 12), (5, 9), (180, 200)):
        for confidence in (0.9, 0.95):
            low, high = proportion_confint(successes, trials, 1 - confidence, method="beta")
            low, high = (0.0 if successes == 0 else low), (1.0 if successes == trials else high)
            yield {"successes": successes, "trials": trials, "confidence": confidence, "low": low, "high": high}


def median_cases():
    """Order statistics from quantiles of the binomial distribution."""
    for count in (1, 2, 3, 5, 6, 10, 25, 2000):
        for confidence in (0.9, 0.95):
            below = numpy.arange(count // 2 + 1)
            reached = 1 - 2 * stats.binom.cdf(below, count, 0.5)
            enough = below[(reached >= confidence) & (below <= (count - 1) // 2)]
            rank = int(enough.max()) if len(enough) else 0
            yield {"count": count, "confidence": confidence, "rank": rank, "reached": max(0.0, reached[rank])}


golden = {
    "antitonic": list(antitonic_cases()),
    "curves": list(curve_cases()),
    "changes": list(change_cases()),
    "firth": list(firth_cases()),
    "proportions": list(proportion_cases()),
    "medians": list(median_cases()),
    "chi2": {"0.9": stats.chi2.ppf(0.9, 1), "0.95": stats.chi2.ppf(0.95, 1)},
    # The squared cosine of the angle between two random lines of R^64 follows Beta(1/2, 63/2).
    "lines": [{"score": s, "tail": stats.beta.sf(s * s, 0.5, 31.5)} for s in (0.02, 0.1, 0.2, 0.3)],
}
path = pathlib.Path(__file__).parent.parent / "test/golden/stats.json"
path.write_text(json.dumps(golden) + "\n")
