"""Makes Tests/ModerationTests/calibration.json: what statsmodels says of made-up human decisions.

    pip install statsmodels
    calibration.py >calibration.json

Run once, with statsmodels 0.15.0; the tests read what it wrote."""
import json
import sys

import numpy
import statsmodels.api
from statsmodels.stats.proportion import proportion_confint

THRESHOLDS = [0, 0.123, 0.3, 0.5, 0.57, 0.9, 1]


def sets():
    """Score, whether it is present, weight. Scores have three decimals, so that none falls between two steps."""
    random = numpy.random.default_rng(7)
    for name, count, reviewed in [("all", 600, 0), ("a queue", 10_000, 0.5), ("few", 40, 0.5)]:
        present = random.random(count) < 0.2
        scores = numpy.round(numpy.where(present, random.beta(6, 2, count), random.beta(2, 5, count)), 3)
        # Hits are all looked at, and one in twenty of the others.
        sampled = random.random(count) < 0.05
        kept = (scores >= reviewed) | sampled
        yield name, scores[kept], present[kept], numpy.where(scores >= reviewed, 1.0, 20.0)[kept]
    yield "all of the same weight", scores, present, numpy.full(count, 3.0)


def rate(counted, others, counted_from, others_from):
    """The weights in the numerator and besides it, and the weights of all cases that could have been there."""
    weights = numpy.concatenate([counted, others])
    if not len(weights):
        return None
    outcomes = numpy.concatenate([numpy.ones(len(counted)), numpy.zeros(len(others))])
    share = numpy.average(outcomes, weights=weights)
    most = [max(own.max(initial=0), 0) or other.max(initial=0)
            for own, other in [(counted_from, others_from), (others_from, counted_from)]]
    one, other = (numpy.append(side, extra) for side, extra in zip([counted, others], most))
    # The linearized variance of a weighted mean, each side's with one case more.
    variance = share * (1 - share) / weights.sum() * (
        (1 - share) * (one**2).sum() / one.sum() + share * (other**2).sum() / other.sum())
    # Where it is 0 on one side, so is the other.
    size = (share * (1 - share) / variance if variance > 0 else
            weights.sum() / ((other**2).sum() / other.sum() if share == 1 else (one**2).sum() / one.sum()))
    low, high = proportion_confint(share * size, size, alpha=0.05, method="wilson")
    model = statsmodels.api.WLS(outcomes, numpy.ones(len(outcomes)), weights=weights).fit(cov_type="HC0")
    plain = float(model.bse[0]) ** 2
    return {"share": share, "low": float(low), "high": float(high), "cases": len(weights),
            # As survey statistics has it, without the case more.
            "plainSize": share * (1 - share) / plain if plain > 1e-12 else None}


def described(scores, present, weights):
    rows = []
    for threshold in THRESHOLDS:
        hit = scores >= threshold
        rows.append({
            "threshold": threshold,
            "precision": rate(weights[hit & present], weights[hit & ~present], weights[hit], weights[hit]),
            "recall": rate(weights[hit & present], weights[~hit & present], weights[hit], weights[~hit])})
    cases = [[float(score), int(there), float(weight)] for score, there, weight in zip(scores, present, weights)]
    return {"cases": cases, "rows": rows}


json.dump({name: described(*columns) for name, *columns in sets()}, sys.stdout)
print()
