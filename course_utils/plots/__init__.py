"""One helper for each kind of picture in the lessons.

Each helper draws into the Axes given as `ax`, or into a new figure, and returns the Axes. Colours come from
one palette that people with any kind of colour vision can tell apart, and nothing is told by colour alone:
lines also differ in their dashes, points in their markers.
"""

from course_utils.plots.boundaries import boundary_line, claims_map, score_curves
from course_utils.plots.comparisons import function_curves, predicted_against_true
from course_utils.plots.course_map import course_map, map_in_words
from course_utils.plots.data import class_scatter, image_grid, matrix_heatmap, probability_bars
from course_utils.plots.decisions import (
    confusion_table,
    precision_recall_curve,
    ratio_strips,
    retrieved_sets,
    screening_map,
)
from course_utils.plots.diagrams import network_diagram
from course_utils.plots.figure_words import describe_figures
from course_utils.plots.fits import line_fit, trapezoid_sketch
from course_utils.plots.labels import label_table
from course_utils.plots.model_choice import fold_strips, score_curve
from course_utils.plots.models import decision_regions, weight_images
from course_utils.plots.penalties import constraint_picture, curve_fits, weight_stems
from course_utils.plots.shares import error_shares
from course_utils.plots.style import DASHES, MARKERS, PALETTE
from course_utils.plots.surfaces import curve_walk, plane_arrows, surface
from course_utils.plots.thinned import thinned_network
from course_utils.plots.training import accuracy_curve, contour_path, gradient_cloud, loss_curve, moving_average

__all__ = [
    "DASHES",
    "MARKERS",
    "PALETTE",
    "accuracy_curve",
    "boundary_line",
    "claims_map",
    "class_scatter",
    "confusion_table",
    "constraint_picture",
    "contour_path",
    "course_map",
    "curve_fits",
    "curve_walk",
    "decision_regions",
    "describe_figures",
    "error_shares",
    "fold_strips",
    "function_curves",
    "gradient_cloud",
    "image_grid",
    "label_table",
    "line_fit",
    "loss_curve",
    "map_in_words",
    "matrix_heatmap",
    "moving_average",
    "network_diagram",
    "plane_arrows",
    "precision_recall_curve",
    "predicted_against_true",
    "probability_bars",
    "ratio_strips",
    "retrieved_sets",
    "score_curve",
    "score_curves",
    "screening_map",
    "surface",
    "thinned_network",
    "trapezoid_sketch",
    "weight_images",
    "weight_stems",
]

describe_figures()
