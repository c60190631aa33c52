// SPDX-License-Identifier: Apache-2.0
#include "lookup.h"

#include "streams.hpp"

#include "Vscale_lookup_cursor_1x1x1.h"
#include "Vscale_lookup_cursor_1x4x4.h"
#include "Vscale_lookup_cursor_8x2x2.h"
#include "Vscale_lookup_cursor_8x4x4.h"
#include "Vscale_lookup_lut_1x1x1.h"
#include "Vscale_lookup_lut_1x4x4.h"
#include "Vscale_lookup_lut_8x2x2.h"
#include "Vscale_lookup_lut_8x4x4.h"
#include "Vscale_lookup_parallel_1x1x1.h"
#include "Vscale_lookup_parallel_1x4x4.h"
#include "Vscale_lookup_parallel_8x2x2.h"
#include "Vscale_lookup_parallel_8x4x4.h"
#include "Vscale_lookup_sequential_1x1x1.h"
#include "Vscale_lookup_sequential_1x4x4.h"
#include "Vscale_lookup_sequential_8x2x2.h"
#include "Vscale_lookup_sequential_8x4x4.h"

struct se_lookup {
    virtual ~se_lookup() = default;
    virtual se_status run(const se_lookup_job &job, se_error *err) = 0;
    virtual bool offer(uint32_t channel, unsigned cycles) = 0;
    virtual void restart() = 0;
    virtual void reset() = 0;
    virtual bool table_error() const = 0;
    virtual bool order_error() const = 0;

    const se_lookup_type *type = nullptr;
};

namespace w4a5se {

namespace {

template <class Model> class Lookup final : public se_lookup, Clocked<Model> {
    using Clocked<Model>::model;
    using Clocked<Model>::chance;
    using Clocked<Model>::cycle;
    using Clocked<Model>::falling_half;
    using Clocked<Model>::rising_half;
    using Clocked<Model>::tick;

  public:
    explicit Lookup(const se_rtl_options &o) : Clocked<Model>(o), options(o) {
        quiet();
        reset();
    }

    void reset() override {
        model->rst_ni = 0;
        tick();
        model->rst_ni = 1;
    }

    void restart() override {
        model->restart_i = 1;
        tick();
        model->restart_i = 0;
    }

    bool table_error() const override { return model->table_error_o; }
    bool order_error() const override { return model->order_error_o; }

    bool offer(uint32_t channel, unsigned cycles) override {
        bool taken = false;
        model->ready_i = 1;
        for (unsigned i = 0; i < cycles + kDrain; i++) {
            model->valid_i = i < cycles && !taken;
            model->channel_i = channel;
            falling_half();
            taken = taken || (model->valid_i && model->ready_o);
            rising_half();
        }
        quiet();
        return taken;
    }

    se_status run(const se_lookup_job &job, se_error *err) override {
        Progress p{{job.n}, {job.n_words}, {}};
        uint64_t last_progress = cycle;
        while (p.answers.received < job.n || p.words.sent < job.n_words ||
               (job.swap && !p.swapped)) {
            if (step(job, p)) {
                last_progress = cycle;
            } else if (cycle - last_progress > kWatchdogCycles) {
                quiet();
                return se_fail(err, SE_INVALID,
                               "scale_lookup_%s %s: nothing moved for %u cycles (%zu of %zu "
                               "requests in, %zu answers)",
                               se_lookup_names[type->form], type->name, kWatchdogCycles,
                               p.requests.sent, job.n, p.answers.received);
            }
        }
        quiet();
        for (unsigned i = 0; i < kDrain; i++) {
            falling_half();
            p.unasked = p.unasked || model->valid_o;
            rising_half();
        }
        return p.unasked || p.answers.changed_while_waiting
                   ? se_fail(err, SE_INVALID,
                             "scale_lookup_%s %s: an answer changed while it waited, or came "
                             "without a request",
                             se_lookup_names[type->form], type->name)
                   : SE_OK;
    }

  private:
    static constexpr unsigned kDrain = 12;

    struct Progress {
        Sender requests, words;
        Receiver answers;
        bool swapping = false, swapped = false;
        bool unasked = false; // an answer came without a request
    };

    void quiet() {
        model->valid_i = 0;
        model->ready_i = 0;
        model->restart_i = 0;
        model->table_valid_i = 0;
        model->table_swap_i = 0;
    }

    // One cycle; true when anything moved.
    bool step(const se_lookup_job &job, Progress &p) {
        const bool wait = job.swap && !p.swapping && p.requests.sent == job.swap_after;
        const bool swap = wait && p.words.sent == job.n_words && !p.requests.offering;
        const bool begun = p.requests.offering;
        const bool request = !(wait && !begun) && p.requests.offer(chance, options.idle_percent);
        const bool word = p.words.offer(chance, options.idle_percent);
        if (request && !begun && job.offered) {
            job.offered[p.requests.sent] = cycle;
        }
        model->valid_i = request;
        model->channel_i = request ? job.channels[p.requests.sent] : channel_noise();
        model->table_valid_i = word;
        model->table_data_i = word ? job.words[p.words.sent] : chance.word();
        model->table_swap_i = swap;
        p.answers.ready = !chance.percent(options.stall_percent);
        model->ready_i = p.answers.ready;
        falling_half();
        bool moved = swap;
        moved = p.words.look(model->table_ready_o) || moved;
        if (p.swapping && !p.swapped && model->table_ready_o) {
            p.swapped = true;
            moved = true;
        }
        p.swapping = p.swapping || swap;
        moved = p.requests.look(model->ready_o) || moved;
        moved = receive(job, p) || moved;
        rising_half();
        return moved;
    }

    // A channel of no request; within the port's width.
    uint32_t channel_noise() {
        return options.idle_percent ? chance.word() % se_scale_channels(&type->shape) : 0;
    }

    // True when an answer came.
    bool receive(const se_lookup_job &job, Progress &p) {
        const size_t k = p.answers.received;
        const uint32_t scale = model->scale_o;
        if (!p.answers.look(model->valid_o, uint64_t{model->index_o} << 32 | scale, cycle)) {
            return false;
        }
        if (k >= p.requests.sent) {
            p.unasked = true;
            return true;
        }
        job.index[k] = model->index_o;
        memcpy(&job.scales[k], &scale, sizeof scale);
        if (job.answered) {
            job.answered[k] = cycle;
        }
        return true;
    }

    se_rtl_options options;
};

struct Entry {
    se_lookup_type type;
    std::unique_ptr<se_lookup> (*create)(const se_rtl_options &);
};

template <class Model> std::unique_ptr<se_lookup> create(const se_rtl_options &options) {
    return std::make_unique<Lookup<Model>>(options);
}

#define SHAPE(NAME, BOUND_BITS, FORMAT, ...)                                                       \
    {{#NAME, SE_LOOKUP_SEQUENTIAL, {__VA_ARGS__}, BOUND_BITS, FORMAT},                             \
     create<Vscale_lookup_sequential_##NAME>},                                                     \
        {{#NAME, SE_LOOKUP_PARALLEL, {__VA_ARGS__}, BOUND_BITS, FORMAT},                           \
         create<Vscale_lookup_parallel_##NAME>},                                                   \
        {{#NAME, SE_LOOKUP_LUT, {__VA_ARGS__}, BOUND_BITS, FORMAT},                                \
         create<Vscale_lookup_lut_##NAME>},                                                        \
    {                                                                                              \
        {#NAME, SE_LOOKUP_CURSOR, {__VA_ARGS__}, BOUND_BITS, FORMAT},                              \
            create<Vscale_lookup_cursor_##NAME>                                                    \
    }

// As the Makefile's LOOKUP_* say.
const Entry entries[] = {
    SHAPE(8x4x4, 0, SE_SCALE_FP32, 8, 4, 4, 16, 64),
    SHAPE(1x4x4, 32, SE_SCALE_FP32, 1, 4, 4, 80, 64),
    SHAPE(8x2x2, 0, SE_SCALE_FP16, 8, 2, 2, 16, 64),
    SHAPE(1x1x1, 0, SE_SCALE_BF16, 1, 1, 1, 80, 64),
};
constexpr size_t kEntries = sizeof entries / sizeof *entries;

} // namespace

} // namespace w4a5se

using namespace w4a5se;

const se_lookup_type *se_lookup_at(size_t i) {
    return i < kEntries ? &entries[i].type : nullptr;
}

se_status se_lookup_open(se_lookup **lookup, const se_lookup_type *type,
                         const se_rtl_options *options, se_error *err) {
    se_status status = check_options(*options, err);
    if (status != SE_OK) {
        return status;
    }
    for (const Entry &entry : entries) {
        if (&entry.type == type) {
            std::unique_ptr<se_lookup> instance = entry.create(*options);
            instance->type = type;
            *lookup = instance.release();
            return SE_OK;
        }
    }
    return se_fail(err, SE_INVALID, "there is no such lookup");
}

se_status se_lookup_run(se_lookup *lookup, const struct se_lookup_job *job, se_error *err) {
    return lookup->run(*job, err);
}

bool se_lookup_offer(se_lookup *lookup, uint32_t channel, unsigned cycles) {
    return lookup->offer(channel, cycles);
}

void se_lookup_restart(se_lookup *lookup) {
    lookup->restart();
}

void se_lookup_reset(se_lookup *lookup) {
    lookup->reset();
}

bool se_lookup_table_error(const se_lookup *lookup) {
    return lookup->table_error();
}

bool se_lookup_order_error(const se_lookup *lookup) {
    return lookup->order_error();
}

void se_lookup_close(se_lookup *lookup) {
    delete lookup;
}
