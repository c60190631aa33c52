// SPDX-License-Identifier: Apache-2.0
#include "small.h"

#include "../unit/folder.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(calibration_file);

static void expect_same(const struct se_model_calibration *a,
                        const struct se_model_calibration *b) {
    cr_assert(a->layers == b->layers && a->d_inner == b->d_inner && a->n == b->n);
    for (size_t l = 0; l < a->layers; l++) {
        const struct se_layer_scales *x = &a->scales[l], *y = &b->scales[l];
        cr_expect_arr_eq(x->points, y->points, sizeof x->points);
        cr_expect_arr_eq(x->magnitudes, y->magnitudes, a->d_inner * sizeof(float));
        cr_expect(x->rotated == y->rotated);
        cr_expect(memcmp(&x->y_code, &y->y_code, sizeof x->y_code) == 0);
        cr_expect(memcmp(&x->rotated_code, &y->rotated_code, sizeof x->rotated_code) == 0);
    }
    for (size_t m = 0; m < a->n; m++) {
        cr_expect(a->modes[m].mode == b->modes[m].mode && a->modes[m].rule == b->modes[m].rule &&
                  a->modes[m].ratio == b->modes[m].ratio);
        cr_expect(memcmp(a->modes[m].quantizers, b->modes[m].quantizers,
                         a->layers * sizeof *a->modes[m].quantizers) == 0);
    }
}

// The file with the first `from` replaced by `to`.
static const char *write_changed(const char *text, const char *from, const char *to) {
    static const char path[] = "changed.yaml";
    const char *place = strstr(text, from);
    cr_assert(place, "%s", from);
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fprintf(file, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
    fclose(file);
    return path;
}

static char *read_text(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    cr_assert(file && text);
    cr_assert(fread(text, 1, (1 << 20) - 1, file) > 1000);
    fclose(file);
    return text;
}

Test(calibration_file, comes_back_bit_for_bit_and_refuses_what_is_wrong) {
    static const struct {
        const char *from, *to, *says;
    } changes[] = {
        {"    dt_low: ", "    dt_high: ", "dt_"},
        {"    dt: ", "    dt: -", "layer 0: dt is '-"},
        {"    h: ", "    h: x", "layer 0: h is 'x"},
        {"magnitudes: [", "magnitudes: [1, ", "layer 1: magnitudes has another length"},
        {"mode: int8\n", "mode: int9\n", "layer 0: mode is 'int9'"},
        {"mode: int8-se\n", "mode: int8-se-uniform\n", "layer 1: mode is not that of this place"},
        {"ratio: free\n    quantizer", "ratio: 3\n    quantizer", "layer 0: ratio is '3'"},
        {"    rotated: ", "    y: 1 #", "already seen: y"},
        {"  y_code:\n    code_bits: 4", "  y_code:\n    code_bits: 5", "y_code"},
    };
    struct small small;
    struct se_model_calibration loaded;
    struct se_error err = {""};
    const char *path = "calibration.yaml";
    small_open(&small);
    enter_directory();
    cr_assert(se_model_calibration_save(path, &small.modes, &err) == SE_OK, "%s", err.message);
    cr_assert(se_model_calibration_load(path, &loaded, &err) == SE_OK, "%s", err.message);
    expect_same(&small.modes, &loaded);
    cr_expect(se_model_calibration_check(&loaded, &small.model, &err) == SE_OK);
    small.model.config.layers = 3;
    cr_expect(se_model_calibration_check(&loaded, &small.model, &err) == SE_INVALID &&
              strstr(err.message, "4 layers"));
    small.model.config.layers = 4;
    se_model_calibration_free(&loaded);
    char *text = read_text(path);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const char *changed = write_changed(text, changes[i].from, changes[i].to);
        cr_expect(se_model_calibration_load(changed, &loaded, &err) == SE_INVALID &&
                      strstr(err.message, changes[i].says) && strstr(err.message, "changed.yaml"),
                  "%zu: %s", i, err.message);
    }
    cr_expect(se_model_calibration_load("/nonexistent", &loaded, &err) == SE_IO);
    free(text);
    leave_directory();
    small_close(&small);
}

Test(calibration_file, choices_have_every_rule_and_ratio) {
    struct se_mode_choice choices[SE_MODE_CHOICES_MAX];
    size_t n = se_mode_choices(choices), of_w4a5 = 0;
    cr_assert(n == se_mode_choices(NULL) && n <= SE_MODE_CHOICES_MAX);
    for (size_t i = 0; i < n; i++) {
        struct se_error err = {""};
        cr_expect(se_calibration_check(&choices[i].how, &err) == SE_OK, "%s", err.message);
        of_w4a5 += choices[i].mode == SE_INPUT_W4A5_SE;
    }
    cr_expect(of_w4a5 == 6); // 3 rules, 2 kinds of ratio
}
