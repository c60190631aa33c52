// SPDX-License-Identifier: Apache-2.0
#include "findings.h"

static bool specials_differ(struct finding *finding) {
    const struct function *f = finding->f;
    bool differ = false;
    for (size_t i = 0; i < f->specials; i++) {
        finding->special[i] = function_of_model(f, f->special[i].input);
        differ = differ || finding->special[i] != f->special[i].expected;
    }
    return differ;
}

static bool breaks_promise(const struct finding *finding) {
    const struct function *f = finding->f;
    const uint64_t *n = finding->c.sum.count;
    return n[SPECIAL_WRONG] || n[BATCH_DIFFERS] || n[DIFFERENCES] || (n[FALLS] && !f->may_fall) ||
           finding->c.sum.ulps[f->promised].value > f->most_ulps ||
           finding->rtl.sum.count[DIFFERENCES];
}

static enum se_status read_function(const char *folder, struct finding *finding,
                                    struct se_error *err) {
    char path[SHARDS_PATH];
    struct se_error not_built;
    enum se_status status = shards_path_c(folder, finding->f, path, err);
    if (status == SE_OK) {
        status = result_read(path, &finding->c, err);
    }
    if (status == SE_OK && shards_path_rtl(folder, finding->f, path, &not_built) == SE_OK) {
        status = result_read(path, &finding->rtl, err);
    }
    finding->broken = specials_differ(finding) || breaks_promise(finding);
    return status;
}

enum se_status findings_read(const char *folder, struct findings *findings, struct se_error *err) {
    enum se_status status = SE_OK;
    *findings = (struct findings){0};
    for (size_t i = 0; i < FUNCTIONS_MAX && function_at(i) && status == SE_OK; i++) {
        findings->of[i].f = function_at(i);
        status = read_function(folder, &findings->of[i], err);
        findings->n++;
    }
    return status;
}
