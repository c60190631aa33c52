// SPDX-License-Identifier: Apache-2.0
// The port of an engine that takes a scale table, driven beside the engine's streams.
#pragma once

#include "engine_lookup.h"
#include "streams.hpp"

#include <vector>

namespace w4a5se {

// As the Makefile's shape_* say.
inline constexpr se_engine_lookup kLookupSequential = {SE_LOOKUP_SEQUENTIAL, {1, 4, 4, 16, 16}};
inline constexpr se_engine_lookup kLookupParallel = {SE_LOOKUP_PARALLEL, {8, 2, 2, 4, 8}};
inline constexpr se_engine_lookup kLookupLut = {SE_LOOKUP_LUT, {1, 4, 4, 12, 16}};
inline constexpr se_engine_lookup kLookupCursor = {SE_LOOKUP_CURSOR, {2, 4, 4, 8, 16}};

// What the engine's port takes of a table, which must have the shape of the lookup.
se_status words_of_table(const char *name, const se_engine_lookup *lookup,
                         const se_scale_table *table, const se_quantizer *quantizers,
                         se_engine engine, std::vector<uint32_t> &words, se_error *err);

class ScalePort {
  public:
    // From now on these words go in; then, when so many beats of a run were taken, the swap is
    // asked for.
    void queue(const uint32_t *new_words, size_t n, size_t after_beats) {
        words.assign(new_words, new_words + n);
        sender = {n};
        swap_after = after_beats;
        swap = kDue;
    }

    void drop() {
        sender = {0};
        swap = kNone;
    }

    bool waits() const { return swap != kNone; }

    template <class Model>
    void drive(Model &model, Chance &chance, unsigned idle_percent, size_t beats) {
        const bool offer = sender.offer(chance, idle_percent);
        model.scale_valid_i = offer;
        model.scale_data_i = offer ? words[sender.sent] : 0;
        swap_now = swap == kDue && sender.sent == sender.n && beats >= swap_after;
        model.scale_swap_i = swap_now;
    }

    // True when anything moved. The swap is done when the port takes words again.
    bool look(bool ready) {
        const bool done = swap == kAsked && ready;
        const bool moved = sender.look(ready) || swap_now || done;
        swap = swap_now ? kAsked : done ? kNone : swap;
        return moved;
    }

  private:
    enum Swap { kNone, kDue, kAsked };

    std::vector<uint32_t> words;
    Sender sender = {0};
    size_t swap_after = 0;
    Swap swap = kNone;
    bool swap_now = false;
};

} // namespace w4a5se
