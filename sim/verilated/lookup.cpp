// SPDX-License-Identifier: Apache-2.0
#include "lookup.h"

#include "instance.hpp"

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

#include <cerrno>
#include <cstdio>

using w4a5se::Chance;

struct se_lookup {
    virtual ~se_lookup() = default;
    virtual se_status run(const se_lookup_job &job, se_error *err) = 0;
    virtual bool offer(uint32_t channel, unsigned cycles) = 0;
    virtual void restart() = 0;
    virtual void reset() = 0;
    virtual bool table_error() const = 0;
    virtual bool order_error() const = 0;

    const se_lookup_type *type = nullptr;
    uint64_t cycle = 0;
};

namespace {

template <class Model> class Lookup final : public se_lookup {
  public:
    explicit Lookup(const se_rtl_options &o) : options(o), chance(o.seed) {
        context.randReset(o.random_initial_state ? 2 : 0);
        context.randSeed(static_cast<int>(o.seed % 0x7FFFFFFF) + 1);
        context.traceEverOn(o.trace_path != nullptr);
        model = std::make_unique<Model>(&context, "TOP");
        if (o.trace_path) {
            trace = std::make_unique<VerilatedFstC>();
            model->trace(trace.get(), 99);
            trace->open(o.trace_path);
        }
        quiet();
        reset();
    }

    ~Lookup() override {
        if (trace) {
            trace->close();
        }
        model->final();
    }

    void reset() override {
        model->rst_ni = 0;
        falling_half();
        rising_half();
        model->rst_ni = 1;
    }

    void restart() override {
        model->restart_i = 1;
        falling_half();
        rising_half();
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
        Progress p;
        uint64_t last_progress = cycle;
        while (p.answers < job.n || p.words < job.n_words || (job.swap && !p.swapped)) {
            if (step(job, p)) {
                last_progress = cycle;
            } else if (cycle - last_progress > kWatchdogCycles) {
                quiet();
                return se_fail(err, SE_INVALID,
                               "scale_lookup_%s %s: nothing moved for %u cycles (%zu of %zu "
                               "requests in, %zu answers)",
                               se_lookup_names[type->form], type->name, kWatchdogCycles, p.requests,
                               job.n, p.answers);
            }
        }
        quiet();
        for (unsigned i = 0; i < kDrain; i++) {
            falling_half();
            p.wrong = p.wrong || model->valid_o;
            rising_half();
        }
        return p.wrong ? se_fail(err, SE_INVALID,
                                 "scale_lookup_%s %s: an answer changed while it waited, or came "
                                 "without a request",
                                 se_lookup_names[type->form], type->name)
                       : SE_OK;
    }

  private:
    static constexpr unsigned kWatchdogCycles = 1000;
    static constexpr unsigned kDrain = 12;

    struct Progress {
        size_t requests = 0, answers = 0, words = 0;
        bool offering = false, swapping = false, swapped = false;
        bool waiting = false, wrong = false;
        uint32_t index = 0, scale = 0; // of the answer that waits
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
        bool word = p.words < job.n_words && !chance.percent(options.idle_percent);
        bool swap = job.swap && !p.swapping && p.words == job.n_words &&
                    p.requests == job.swap_after && !p.offering;
        bool held = job.swap && !p.swapping && p.requests == job.swap_after;
        if (!p.offering && p.requests < job.n && !held && !chance.percent(options.idle_percent)) {
            p.offering = true;
            if (job.offered) {
                job.offered[p.requests] = cycle;
            }
        }
        model->valid_i = p.offering;
        model->channel_i = p.offering ? job.channels[p.requests] : channel_noise();
        model->table_valid_i = word;
        model->table_data_i = word ? job.words[p.words] : chance.word();
        model->table_swap_i = swap;
        model->ready_i = !chance.percent(options.stall_percent);
        falling_half();
        check_waiting(p);
        bool moved = swap;
        if (word && model->table_ready_o) {
            p.words++;
            moved = true;
        }
        if (p.swapping && !p.swapped && model->table_ready_o) {
            p.swapped = true;
            moved = true;
        }
        p.swapping = p.swapping || swap;
        if (p.offering && model->ready_o) {
            p.requests++;
            p.offering = false;
            moved = true;
        }
        if (model->valid_o && model->ready_i) {
            receive(job, p);
            moved = true;
        }
        rising_half();
        return moved;
    }

    // A channel of no request; within the port's width.
    uint32_t channel_noise() {
        return options.idle_percent ? chance.word() % se_scale_channels(&type->shape) : 0;
    }

    void receive(const se_lookup_job &job, Progress &p) {
        if (p.answers < p.requests) {
            job.index[p.answers] = model->index_o;
            uint32_t bits = model->scale_o;
            memcpy(&job.scales[p.answers], &bits, sizeof bits);
            if (job.answered) {
                job.answered[p.answers] = cycle;
            }
            p.answers++;
        } else {
            p.wrong = true;
        }
    }

    void check_waiting(Progress &p) {
        p.wrong = p.wrong || (p.waiting && (!model->valid_o || model->index_o != p.index ||
                                            model->scale_o != p.scale));
        p.waiting = model->valid_o && !model->ready_i;
        p.index = model->index_o;
        p.scale = model->scale_o;
    }

    void falling_half() {
        model->clk_i = 0;
        model->eval();
        if (trace) {
            trace->dump(10 * cycle);
        }
    }

    void rising_half() {
        model->clk_i = 1;
        model->eval();
        if (trace) {
            trace->dump(10 * cycle + 5);
        }
        cycle++;
    }

    se_rtl_options options;
    Chance chance;
    VerilatedContext context;
    std::unique_ptr<Model> model;
    std::unique_ptr<VerilatedFstC> trace;
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

const se_lookup_type *se_lookup_at(size_t i) {
    return i < kEntries ? &entries[i].type : nullptr;
}

se_status se_lookup_open(se_lookup **lookup, const se_lookup_type *type,
                         const se_rtl_options *options, se_error *err) {
    if (options->trace_path) { // Verilator would say nothing
        FILE *trace = fopen(options->trace_path, "wb");
        if (!trace) {
            return se_fail(err, SE_IO, "cannot write %s: %s", options->trace_path, strerror(errno));
        }
        fclose(trace);
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

uint64_t se_lookup_cycles(const se_lookup *lookup) {
    return lookup->cycle;
}

void se_lookup_close(se_lookup *lookup) {
    delete lookup;
}
