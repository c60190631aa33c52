// SPDX-License-Identifier: Apache-2.0
#include "claims.h"

#include <jansson.h>
#include <math.h>

static const char *const models[] = {"mamba-130m", "mamba-2.8b", "mamba2-2.7b", "mamba2-8b"};

const double claims_bandwidths[CLAIMS_BANDWIDTHS] = {0.25, 0.5,  1,    2,     4,     8,
                                                     12.8, 25.6, 51.2, 102.4, 204.8, 409.6};

// Those of the file's entries that are about the system.
static enum se_status load_claimed(struct claims *c, const char *path, struct se_error *err) {
    json_error_t cause;
    size_t i;
    json_t *all = json_load_file(path, 0, &cause), *claim;
    if (!all) {
        return se_fail(err, SE_INVALID, "%s: %s", path, cause.text);
    }
    c->claimed = json_array();
    json_array_foreach(all, i, claim) {
        const char *id, *text;
        double value;
        if (!json_unpack(claim, "{s:s, s:s, s:F, s:s, s:s}", "id", &id, "claim", &text, "value",
                         &value, "unit", &text, "basis", &text) &&
            claims_find(id) != CLAIMS) {
            json_array_append(c->claimed, claim);
        }
    }
    json_decref(all);
    return json_array_size(c->claimed) == CLAIMS
               ? SE_OK
               : se_fail(err, SE_INVALID, "%s has not all %d claims about the system", path,
                         (int)CLAIMS);
}

static enum se_status saving_at(const struct claims *c, int k, double gb_per_s, double *saving,
                                struct se_error *err) {
    struct se_outcome before, after;
    enum se_status status =
        scenario_run(&c->cases[k], SE_WAY_INT8, gb_per_s, c->energy, &before, err);
    if (!status) {
        status = scenario_run(&c->cases[k], SE_WAY_W4A5, gb_per_s, c->energy, &after, err);
    }
    if (!status) {
        *saving = 100 * (1 - after.time_ns / before.time_ns);
    }
    return status;
}

// Halves the interval, whose ends are the first and last of the sweep's bandwidths.
static enum se_status find_limit(struct claims *c, int k, struct se_error *err) {
    enum { HALVINGS = 12 };
    double low = claims_bandwidths[0], high = claims_bandwidths[CLAIMS_BANDWIDTHS - 1], saving = 0;
    enum se_status status = SE_OK;
    if (c->saving[k][0] < 1) {
        return SE_OK;
    }
    for (int i = 0; i < HALVINGS && !status; i++) {
        const double middle = sqrt(low * high);
        status = saving_at(c, k, middle, &saving, err);
        *(saving >= 1 ? &low : &high) = middle;
    }
    c->matters_below[k] = low;
    return status;
}

static enum se_status sweep(struct claims *c, int k, struct se_error *err) {
    enum se_status status = scenario_measure(&c->cases[k], c->energy, err);
    for (int b = 0; b < CLAIMS_BANDWIDTHS && !status; b++) {
        status = saving_at(c, k, claims_bandwidths[b], &c->saving[k][b], err);
    }
    return status ? status : find_limit(c, k, err);
}

enum se_status system_claims(const struct se_energy_profile *energy, const char *model_file,
                             const char *claims, const char *directory, struct se_error *err) {
    static struct claims c;
    c = (struct claims){.energy = energy, .origin = se_origin_now()};
    enum se_status status = load_claimed(&c, claims, err);
    for (int k = 0; k < CLAIMS_CASES && !status; k++) {
        c.cases[k] = (struct se_scenario){.decode = k / 2 / CLAIMS_MODELS, .pipelining = k % 2};
        status =
            se_chip_model_load(model_file, models[k / 2 % CLAIMS_MODELS], &c.cases[k].model, err);
    }
    for (int k = 0; k < CLAIMS_CASES && !status; k++) {
        status = sweep(&c, k, err);
    }
    if (!status) {
        status = se_report_json(directory, "system_claims.json", claims_json(&c), err);
    }
    if (!status) {
        status = se_report_text(directory, "system_claims.md", claims_print, &c, err);
    }
    if (!status) {
        claims_print(&c, stdout);
    }
    json_decref(c.claimed);
    return status;
}
