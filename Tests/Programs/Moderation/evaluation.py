"""Makes Tests/ModerationTests/evaluation.json: what scikit-learn and statsmodels say of made-up scores.

    pip install scikit-learn statsmodels
    evaluation.py >evaluation.json

Run once, with scikit-learn 1.9.1 and statsmodels 0.15.0; the tests read what it wrote."""
import json
import sys

import numpy
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve, roc_auc_score, roc_curve
from statsmodels.stats.proportion import proportion_confint

THRESHOLDS = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]


def sets():
    random = numpy.random.default_rng(20)
    yield "overlapping", random.beta(4, 2, 120), random.beta(2, 4, 300)
    yield "many ties", numpy.round(random.beta(3, 2, 80), 1), numpy.round(random.beta(2, 3, 60), 1)
    yield "separated", random.uniform(0.6, 1, 25), random.uniform(0, 0.4, 25)
    yield "the wrong way round", random.uniform(0, 0.4, 15), random.uniform(0.6, 1, 20)
    yield "all alike", numpy.full(7, 0.5), numpy.full(9, 0.5)
    yield "zeros and ones", random.integers(0, 2, 40).astype(float), (random.random(50) < 0.1).astype(float)
    yield "rare", random.beta(5, 2, 4), random.beta(1, 6, 1000)
    yield "one of each", numpy.array([0.2]), numpy.array([0.1])


def described(positives, negatives):
    positives, negatives = numpy.round(positives, 6), numpy.round(negatives, 6)
    labels = numpy.array([1] * len(positives) + [0] * len(negatives))
    scores = numpy.concatenate([positives, negatives])
    false_rates, true_rates, cuts = roc_curve(labels, scores, drop_intermediate=False)
    precisions, recalls, _ = precision_recall_curve(labels, scores)
    rows = []
    for threshold in THRESHOLDS:
        (_, false_positives), (_, true_positives) = confusion_matrix(labels, scores >= threshold, labels=[0, 1])
        rows.append([threshold, int(true_positives), int(false_positives)])
    wishes = {}
    for wish in [0, 0.01, 0.1, 0.5]:
        # The most that is found at no more than this rate; the point of nothing is sklearn's own first.
        wishes[str(wish)] = float(true_rates[false_rates <= wish].max())
    finds = {str(wish): float(false_rates[true_rates >= wish].min()) for wish in [0.5, 0.9, 1]}
    return {"positives": positives.tolist(), "negatives": negatives.tolist(),
            "area": float(roc_auc_score(labels, scores)),
            "averagePrecision": float(average_precision_score(labels, scores)),
            # Without the first, a threshold of infinity.
            "roc": [[float(one) for one in point] for point in zip(cuts, false_rates, true_rates)][1:],
            # In order of threshold, the highest first, and without the end that belongs to none.
            "precisionRecall": [[float(one) for one in point] for point in zip(precisions, recalls)][-2::-1],
            "rows": rows, "foundAtFalsePositives": wishes, "falsePositivesAtFound": finds}


def intervals():
    for total in [1, 2, 5, 10, 29, 100, 1000, 1_000_000]:
        for count in sorted({0, 1, total // 10, total // 3, total // 2, total - 1, total}):
            low, high = proportion_confint(count, total, alpha=0.05, method="wilson")
            yield [count, total, float(low), float(high)]


json.dump({"sets": {name: described(*scores) for name, *scores in sets()}, "intervals": list(intervals())}, sys.stdout)
print()
