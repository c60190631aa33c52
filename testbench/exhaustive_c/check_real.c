// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "exact.h"
#include "measure.h"

#include "w4a5se/fp32.h"

#include <math.h>
#include <string.h>

enum { REFERENCE_SAMPLE = 65536 };

static const struct model {
    const char *name;
    float (*scalar)(float);
    void (*batch)(size_t, const float *, float *);
    reference *exact;
} models[] = {
    {"exp", se_f32_exp, se_f32_exp_n, exact_exp},
    {"log1p", se_f32_log1p, se_f32_log1p_n, exact_log1p},
    {"silu", se_f32_silu, se_f32_silu_n, exact_silu},
    {"softplus", se_f32_softplus, se_f32_softplus_n, exact_softplus},
};

struct shard {
    const struct function *f;
    const struct model *model;
    struct result *r;
    float before; // the result of the input before, NaN where there is none
    float x[CHUNK], y[CHUNK], of_batch[CHUNK];
    struct chunk chunk;
};

static bool in_domain(const struct function *f, float x) {
    return x >= f->first && x <= f->last && isfinite(x);
}

static void check_special(struct shard *s, int i) {
    const struct function *f = s->f;
    float x = s->x[i];
    uint32_t expected = SE_F32_CANONICAL_NAN;
    if (isinf(x) && x >= f->first && x <= f->last) {
        expected = x > 0 ? f->at_infinity : f->at_minus_infinity;
    }
    s->r->count[SPECIAL]++;
    s->r->count[SPECIAL_WRONG] += se_f32_bits(s->y[i]) != expected;
}

// What is no number of the domain is checked here and measured as if it were exact.
static uint64_t fill_chunk(struct shard *s, uint32_t first) {
    struct chunk *c = &s->chunk;
    uint64_t specials = 0;
    for (uint32_t i = 0; i < CHUNK; i++) {
        s->x[i] = se_f32_from_bits(first + i);
        s->y[i] = s->model->scalar(s->x[i]);
        c->x[i] = s->x[i];
        if (in_domain(s->f, s->x[i])) {
            c->y[i] = s->y[i];
            c->exact[i] = s->model->exact(c->x[i]);
        } else {
            check_special(s, (int)i);
            c->y[i] = c->exact[i] = 1;
            specials++;
        }
        c->sign_differs[i] = !signbit(c->y[i]) != !signbit(c->exact[i]);
    }
    return specials;
}

static void compare_batch(struct shard *s) {
    s->model->batch(CHUNK, s->x, s->of_batch);
    for (int i = 0; i < CHUNK; i++) {
        s->r->count[BATCH_DIFFERS] += se_f32_bits(s->of_batch[i]) != se_f32_bits(s->y[i]);
    }
}

// Bit patterns of negative numbers go down.
static void check_order(struct shard *s) {
    bool negative = signbit(s->x[0]);
    for (int i = 0; i < CHUNK; i++) {
        float y = s->y[i];
        bool falls = negative ? y > s->before : y < s->before;
        s->r->count[FALLS] += falls && s->x[i] >= s->f->rises_from;
        s->before = y;
    }
}

static void decide_near_ties(struct shard *s) {
    const struct chunk *c = &s->chunk;
    for (int i = 0; i < CHUNK; i++) {
        if (fabs(c->ulps[i] - 0.5) < NEAR_TIE && !c->sign_differs[i]) {
            bool correct = s->y[i] == exact_rounded(s->model->exact, s->x[i]);
            s->r->count[BY_MPFR]++;
            s->r->count[CORRECT] += correct;
            s->r->count[SUBNORMAL_WRONG] += !correct && fabs(c->exact[i]) < 0x1p-126;
        }
    }
}

static void find_worst(const struct chunk *c, const double *value, const struct region *region,
                       double least_size, struct worst *worst) {
    for (int i = 0; i < CHUNK; i++) {
        if (value[i] > worst->value && c->x[i] >= region->first && c->x[i] <= region->last &&
            fabs(c->exact[i]) >= least_size) {
            *worst = (struct worst){value[i], se_f32_bits((float)c->x[i])};
        }
    }
}

static void measure_chunk(struct shard *s, uint64_t specials) {
    struct result *r = s->r;
    struct measured m = measure(&s->chunk);
    r->count[CORRECT] += m.correct - specials;
    r->count[SUBNORMAL] += m.subnormal;
    r->count[SUBNORMAL_WRONG] += m.subnormal_wrong;
    if (m.near_tie) {
        decide_near_ties(s);
    }
    for (size_t k = 0; k < s->f->regions; k++) {
        const struct region *region = &s->f->region[k];
        double relative = region->subnormal ? m.most_relative : m.most_relative_of_normal;
        if (m.most_ulps > r->ulps[k].value) {
            find_worst(&s->chunk, s->chunk.ulps, region, 0, &r->ulps[k]);
        }
        if (relative > r->relative[k].value) {
            find_worst(&s->chunk, s->chunk.relative, region, region->subnormal ? 0 : 0x1p-126,
                       &r->relative[k]);
        }
    }
}

static enum se_status check_chunk(struct shard *s, uint32_t first, struct se_error *err) {
    uint64_t specials = fill_chunk(s, first);
    s->r->count[INPUTS] += CHUNK;
    compare_batch(s);
    check_order(s);
    if (specials < CHUNK) {
        measure_chunk(s, specials);
    }
    float sample = s->x[1234];
    if (first % REFERENCE_SAMPLE == 0 && in_domain(s->f, sample) &&
        exact_reference_error(s->model->exact, sample) > 0x1p-51) {
        return se_fail(err, SE_INVALID, "libm's %s(%a) is further off than 2^-51", s->f->name,
                       (double)sample);
    }
    return SE_OK;
}

enum se_status check_real(const struct function *f, unsigned shard, struct result *r,
                          struct se_error *err) {
    static struct shard s;
    uint32_t first = (uint32_t)shard << SHARD_LOG2;
    s.f = f;
    s.r = r;
    s.model = models;
    while (strcmp(s.model->name, f->name) != 0) {
        s.model++;
    }
    s.before = first << 1 ? s.model->scalar(se_f32_from_bits(first - 1)) : NAN; // none before 0
    enum se_status status = SE_OK;
    for (uint32_t at = 0; at < UINT32_C(1) << SHARD_LOG2 && status == SE_OK; at += CHUNK) {
        status = check_chunk(&s, first + at, err);
    }
    return status;
}
