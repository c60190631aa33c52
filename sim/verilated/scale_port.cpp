// SPDX-License-Identifier: Apache-2.0
#include "scale_port.hpp"

namespace w4a5se {

static bool same_shape(const se_scale_shape &a, const se_scale_shape &b) {
    return a.groups == b.groups && a.head_groups == b.head_groups && a.dim_groups == b.dim_groups &&
           a.heads == b.heads && a.headdim == b.headdim;
}

se_status words_of_table(const char *name, const se_engine_lookup *lookup,
                         const se_scale_table *table, const se_quantizer *quantizers,
                         se_engine engine, std::vector<uint32_t> &words, se_error *err) {
    const se_scale_shape &s = table->shape;
    if (!lookup || !same_shape(s, lookup->shape)) {
        return se_fail(err, SE_INVALID,
                       "%s has no table of %zu groups of %zu x %zu with %zu heads of %zu", name,
                       s.groups, s.head_groups, s.dim_groups, s.heads, s.headdim);
    }
    words.resize(se_engine_table_words(&s, lookup->form, engine));
    return se_engine_table_convert(table, quantizers, lookup->form, engine, words.data(), err);
}

} // namespace w4a5se
