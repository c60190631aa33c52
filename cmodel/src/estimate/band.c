// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/tech.h"

#include <math.h>

struct se_band se_band_scaled(struct se_band b, double by) {
    return (struct se_band){b.value * by, b.low * by, b.high * by};
}

struct se_band se_band_sum(struct se_band a, struct se_band b) {
    return (struct se_band){a.value + b.value, a.low + b.low, a.high + b.high};
}

struct se_band se_sum_band(const struct se_sum *sum) {
    struct se_band total = {0, 0, 0};
    for (size_t i = 0; i < sum->n; i++) {
        const struct se_term *t = &sum->terms[i];
        total.value += t->constant->band.value * t->times;
        total.low += t->constant->band.low * t->times;
        total.high += t->constant->band.high * t->times;
    }
    const struct se_band one = {1, 1, 1}, *factor = sum->factor ? &sum->factor->band : &one,
                         *divisor = sum->divisor ? &sum->divisor->band : &one;
    return (struct se_band){total.value * factor->value * sum->unit / divisor->value,
                            total.low * factor->low * sum->unit / divisor->high,
                            total.high * factor->high * sum->unit / divisor->low};
}

struct se_band se_tech_gate_mm2(const struct se_tech *tech) {
    const struct se_band *area = &tech->c[SE_TECH_GATE_AREA].band,
                         *share = &tech->c[SE_TECH_UTILISATION].band;
    return (struct se_band){area->value / share->value * 1e-6, area->low / share->high * 1e-6,
                            area->high / share->low * 1e-6};
}

struct se_band se_band_difference(struct se_band a, struct se_band b) {
    const double value = a.value - b.value, low = a.low - b.low, high = a.high - b.high;
    return (struct se_band){value, fmin(value, fmin(low, high)), fmax(value, fmax(low, high))};
}
