// SPDX-License-Identifier: Apache-2.0
// A scale table as the words that an engine's lookup takes (rtl/lookup/scale_stage.sv): the bounds
// and the order as in scale_table.h, and for each scale what the engine reads of its quantiser, as
// FP32 patterns:
//   conv_engine: inv_s1, inv_s2, thr_pos, thr_neg          scan_engine: s1, s2
#pragma once

#include "w4a5se/quantizer.h"
#include "w4a5se/scale_table.h"

#ifdef __cplusplus
extern "C" {
#endif

enum se_engine { SE_ENGINE_CONV, SE_ENGINE_SCAN };

size_t se_engine_table_words(const struct se_scale_shape *shape, enum se_lookup_form form,
                             enum se_engine engine);

// quantizers[se_scale_count], each with its scale of the table as s1 ->
// words[se_engine_table_words]. SE_INVALID as se_lookup_convert, and naming the scale whose
// quantiser has another s1, a scale or reciprocal that is not finite and positive, or a threshold
// that is NaN.
enum se_status se_engine_table_convert(const struct se_scale_table *table,
                                       const struct se_quantizer *quantizers,
                                       enum se_lookup_form form, enum se_engine engine,
                                       uint32_t *words, struct se_error *err);

#ifdef __cplusplus
}
#endif
