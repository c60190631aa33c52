// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/layer.h"

enum se_status se_layer_check(const struct se_layer *layer, struct se_error *err) {
    if (layer->conv.d_inner != layer->scan.d_inner) {
        return se_fail(err, SE_INVALID, "d_inner is %zu in the convolution and %zu in the scan",
                       layer->conv.d_inner, layer->scan.d_inner);
    }
    enum se_status status = se_input_check(&layer->input, layer->conv.d_inner, err);
    return status == SE_OK ? se_scan_check(&layer->scan, err) : status;
}

void se_layer_front(const struct se_layer *layer, int8_t *history, size_t tokens, const int8_t *x,
                    const struct se_layer_values *values, unsigned *flags) {
    se_conv_run(&layer->conv, history, tokens, x, values->y, flags);
    se_input_run(&layer->input, layer->conv.d_inner, tokens, values->y, values->codes, values->u,
                 values->x_proj);
}

void se_layer_run(const struct se_layer *layer, const struct se_layer_state *state, size_t tokens,
                  const int8_t *x, const int8_t *dt, const int8_t *b, const int8_t *c,
                  const int8_t *z, const struct se_layer_values *values, uint16_t *out,
                  unsigned *flags) {
    se_layer_front(layer, state->history, tokens, x, values, flags);
    se_scan_run(&layer->scan, state->h, tokens, values->u, dt, b, c, z, out, flags);
}
