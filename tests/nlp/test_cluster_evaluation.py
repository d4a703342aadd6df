import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from nlp.cluster_evaluation import b_cubed, evaluate_clusters
from nlp.grouping import grouped, unit
from tests.nlp.requests import requests_of

labels = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), min_size=1)


def test_b_cubed_is_worked_out_by_hand():
    # Bagga & Baldwin: each text's own share, in the mean over texts.
    precision, recall = b_cubed(["a", "a", "a", "b"], [1, 1, 2, 2])
    assert precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)


@given(labels)
def test_b_cubed_are_shares_and_one_only_when_all_is_right(pairs):
    gold, found = [a for a, _ in pairs], [b for _, b in pairs]
    precision, recall = b_cubed(gold, found)
    assert 0 < precision <= 1
    assert 0 < recall <= 1
    is_right = all(
        (gold[i] == gold[j]) == (found[i] == found[j])
        for i in range(len(gold))
        for j in range(len(gold))
    )
    assert (precision == recall == 1) == is_right


@given(st.integers(2, 24), st.floats(0.1, 0.9), st.integers(0, 1000))
def test_groups_are_those_of_average_linkage(count, threshold, seed):
    dice = np.random.default_rng(seed)
    rows = np.array([unit(row) for row in dice.normal(size=(count, 3)).astype(np.float32)])
    distance = np.clip(1 - rows.astype(np.float64) @ rows.T.astype(np.float64), 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average")
    if np.abs(tree[:, 2] - (1 - threshold)).min() < 1e-5:
        return  # a tie with the threshold, which rounding decides
    expected = fcluster(tree, 1 - threshold, "distance")
    said = {frozenset(np.flatnonzero(expected == each).tolist()) for each in set(expected)}
    assert {frozenset(group) for group in grouped(rows, threshold)} == said


@pytest.mark.parametrize(
    ("name", "f1", "precision"), [("golden", 0.73, 0.9), ("development", 0.81, 0.88)]
)
def test_clusters_of_requests_are_right_and_better_than_both_baselines(name, f1, precision):
    report = evaluate_clusters(requests_of(name))
    ours, same_words, fixed, best = report.scores
    assert ours.f1 > f1
    assert ours.precision > precision
    assert ours.f1 > best.f1 + 0.08
    assert best.f1 >= fixed.f1
    assert ours.f1 > same_words.f1 + 0.2
    assert report.skipped == 0


def test_messy_reviews_are_put_together_by_what_they_ask_and_not_by_their_chatter():
    rows = requests_of("development_reviews")
    ours, same_words, fixed, best = evaluate_clusters(rows).scores
    assert ours.f1 > 0.87
    assert ours.precision > 0.88
    assert ours.f1 > max(best.f1, fixed.f1) + 0.05
    assert ours.f1 > same_words.f1 + 0.07


def test_rows_without_a_cluster_are_left_out_and_counted():
    rows = [
        {"text": "a kettle please", "cluster": "kettle", "lang": "en"},
        {"text": "Please add a kettle", "cluster": "kettle", "lang": "en"},
        {"text": "no label"},
        {"cluster": "no text"},
        {"text": 7, "cluster": "no text"},
    ]
    report = evaluate_clusters(rows)
    assert (report.n, report.clusters, report.skipped) == (2, 1, 3)
    assert report.scores[0].f1 == 1
    assert report.by_lang["en"].found == 1
    assert report.to_json()["scores"][1]["name"] == "same words"


def test_a_file_without_clusters_is_told_what_it_needs():
    with pytest.raises(ValueError, match="give each row a `cluster`"):
        evaluate_clusters([{"text": "a kettle please"}])
