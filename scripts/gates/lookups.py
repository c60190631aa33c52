# SPDX-License-Identifier: Apache-2.0
"""The scale lookups that are synthesised and whose energy is measured: bounds as narrow as they can
be, FP32 scales."""

FORMS = ("sequential", "parallel", "lut", "cursor")

SHAPES = {
    "8x4x4": {"GROUPS": 8, "HEAD_GROUPS": 4, "DIM_GROUPS": 4, "HEADS": 16},
    "1x4x4": {"GROUPS": 1, "HEAD_GROUPS": 4, "DIM_GROUPS": 4, "HEADS": 80},
    "8x2x2": {"GROUPS": 8, "HEAD_GROUPS": 2, "DIM_GROUPS": 2, "HEADS": 16},
    "1x1x1": {"GROUPS": 1, "HEAD_GROUPS": 1, "DIM_GROUPS": 1, "HEADS": 80},
}

# A form with parameters of its own, by what its rows are called.
VARIANTS = {form: (form, {}) for form in FORMS} | {"cursor_unchecked": ("cursor", {"CHECK_ORDER": 0})}


def instances(what):
    """Name, module and parameters of scale_search_* or scale_lookup_*, and the variant's form."""
    for variant, (form, given) in VARIANTS.items():
        for shape, sizes in SHAPES.items():
            yield f"scale_{what}_{variant}_{shape}", f"scale_{what}_{form}", sizes | given, form
