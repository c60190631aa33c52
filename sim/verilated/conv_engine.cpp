// SPDX-License-Identifier: Apache-2.0
#include "conv_engine.h"

#include "config.hpp"
#include "golden.h"
#include "scale_port.hpp"
#include "streams.hpp"
#include "w4a5se/fp32.h"

#include "Vconv_engine_4.h"
#include "Vconv_engine_5.h"
#include "Vconv_engine_6.h"
#include "Vconv_engine_8.h"
#include "Vconv_engine_cursor.h"
#include "Vconv_engine_lut.h"
#include "Vconv_engine_parallel.h"
#include "Vconv_engine_sequential.h"

#include <algorithm>

struct se_conv_engine {
    virtual ~se_conv_engine() = default;
    virtual se_status load(const se_conv &conv, const se_quantizer &q, float x_proj_inv_s,
                           se_error *err) = 0;
    virtual se_status run(size_t n_tokens, size_t sequence_tokens, const int8_t *x, uint16_t *codes,
                          float *values, int8_t *x_proj, se_error *err) = 0;
    virtual size_t disturb(size_t n, const int8_t *x, unsigned cycles) = 0;
    virtual void reset() = 0;
    virtual unsigned flags() const = 0;
    virtual void clear_flags() = 0;
    virtual bool table_error() const = 0;
    virtual uint64_t lookup_stalls() const = 0;

    se_conv_engine_build build{};
    w4a5se::ScalePort scales;
    se_conv_pauses pauses{};
    uint64_t run_cycles = 0;
};

namespace {

using w4a5se::Clocked;
using w4a5se::kSilentCycles;
using w4a5se::kWatchdogCycles;
using w4a5se::Receiver;
using w4a5se::Sender;

template <class Model> class ConvEngine final : public se_conv_engine, Clocked<Model> {
  public:
    ConvEngine(const se_conv_engine_build &b, const se_rtl_options &o) : Clocked<Model>(o) {
        build = b;
        pauses.idle_percent = o.idle_percent;
        pauses.code_stall_percent = pauses.x_proj_stall_percent = o.stall_percent;
        model->param_write_i = 0;
        model->flags_clear_i = 0;
        model->d_inner_i = 1;
        reset();
    }

    void reset() override {
        model->valid_i = 0;
        model->code_ready_i = 0;
        model->x_proj_ready_i = 0;
        model->scale_valid_i = model->scale_swap_i = 0;
        scales.drop();
        model->rst_ni = 0;
        cycle_of_clock();
        model->rst_ni = 1;
    }

    se_status load(const se_conv &conv, const se_quantizer &q, float x_proj_inv_s,
                   se_error *err) override {
        if (q.format.code_bits != build.code_bits) {
            return se_fail(err, SE_INVALID, "a quantiser of %d bits does not fit %s",
                           q.format.code_bits, build.name);
        }
        uint32_t words[SE_RTL_WORDS_MAX];
        se_words_of_quantizer(&q, words);
        w4a5se::set_quantizer(*model, build.code_bits, words);
        model->x_proj_inv_s_i = se_f32_bits(x_proj_inv_s);
        model->s_wx_i = se_f32_bits(conv.s_wx);
        d_inner = conv.d_inner;
        const size_t most = d_inner_max();
        model->d_inner_i = std::min(d_inner, most + 1);
        cycle_of_clock();
        if (model->error_o) {
            return se_fail(err, SE_INVALID, "%s refuses d_inner %zu; it takes %zu to %zu",
                           build.name, d_inner, build.lookup ? most : 1, most);
        }
        model->param_write_i = 1;
        for (size_t c = 0; c < d_inner; c++) {
            model->param_address_i = c;
            memcpy(&model->param_weights_i, conv.w + c * SE_CONV_WIDTH, SE_CONV_WIDTH);
            model->param_bias_i = se_f32_bits(conv.b[c]);
            cycle_of_clock();
        }
        model->param_write_i = 0;
        return SE_OK;
    }

    // A sequence starts every sequence_tokens, from the first token on; 0: none starts.
    se_status run(size_t tokens, size_t sequence_tokens, const int8_t *x, uint16_t *codes,
                  float *values, int8_t *x_proj, se_error *err) override {
        Run r{tokens * d_inner, x, codes, values, x_proj};
        r.sequence = sequence_tokens * d_inner;
        r.n_first = sequence_tokens > 0 ? d_inner : 0;
        uint64_t last_progress = cycle;
        while (!r.finished() || scales.waits()) {
            if (step(r)) {
                last_progress = cycle;
            } else if (cycle - last_progress > kWatchdogCycles) {
                return se_fail(err, SE_INVALID,
                               "%s: no beat moved for %u cycles (cycle %llu, %zu of %zu in, %zu "
                               "codes and %zu INT8 out)",
                               build.name, kWatchdogCycles, (unsigned long long)cycle, r.in.sent,
                               r.in.n, r.code.received, r.x_proj.received);
            }
        }
        run_cycles = r.in.n > 0 ? r.last_cycle - r.first_cycle + 1 : 0;
        expect_silence(r);
        return check_end(r, err);
    }

    size_t disturb(size_t n, const int8_t *x, unsigned cycles) override {
        Run r{n, x, nullptr, nullptr, nullptr};
        for (unsigned i = 0; i < cycles; i++) {
            step(r);
        }
        model->valid_i = 0;
        return r.in.sent;
    }

    unsigned flags() const override { return model->flags_o; }

    void clear_flags() override {
        model->valid_i = 0;
        model->flags_clear_i = 1;
        cycle_of_clock();
        model->flags_clear_i = 0;
    }

    bool table_error() const override { return model->scale_error_o; }
    uint64_t lookup_stalls() const override { return model->lookup_stalls_o; }

  private:
    using Clocked<Model>::model, Clocked<Model>::chance, Clocked<Model>::cycle;
    using Clocked<Model>::falling_half, Clocked<Model>::rising_half;

    struct Run {
        Run(size_t n, const int8_t *x, uint16_t *codes, float *values, int8_t *x_projs)
            : in{n}, x(x), codes(codes), values(values), x_projs(x_projs) {}

        bool first() const { return n_first > 0 && in.sent % sequence < n_first; }

        bool finished() const {
            return in.sent == in.n && code.received >= in.n && x_proj.received >= in.n;
        }

        Sender in;
        const int8_t *x;
        uint16_t *codes;
        float *values;
        int8_t *x_projs;
        size_t sequence = 0, n_first = 0; // beats of a sequence, and of its first token
        Receiver code, x_proj;
        uint64_t first_cycle = 0, last_cycle = 0;
        uint64_t wrong_busy_cycle = 0;
    };

    size_t d_inner_max() const {
        if (build.lookup) {
            return se_scale_channels(&build.lookup->shape);
        }
        return SE_CONV_ENGINE_D_INNER_MAX;
    }

    void cycle_of_clock() {
        falling_half();
        rising_half();
    }

    void drive(Run &r) {
        model->valid_i = r.in.offer(chance, pauses.idle_percent);
        if (r.in.offering) {
            model->x_i = static_cast<uint8_t>(r.x[r.in.sent]);
            model->first_i = r.first();
        } else if (pauses.idle_percent > 0) {
            const uint32_t noise = chance.word();
            model->x_i = noise & 0xFF;
            model->first_i = noise >> 8 & 1;
        }
        model->code_ready_i = r.code.ready =
            ready(r.code, r.x_proj, pauses.code_behind, r.in.n, pauses.code_stall_percent);
        model->x_proj_ready_i = r.x_proj.ready =
            ready(r.x_proj, r.code, pauses.x_proj_behind, r.in.n, pauses.x_proj_stall_percent);
        scales.drive(*model, chance, pauses.idle_percent, r.in.sent);
    }

    bool ready(const Receiver &stream, const Receiver &other, size_t behind, size_t n,
               unsigned stall_percent) {
        return (behind == 0 || other.received >= std::min(n, stream.received + behind)) &&
               !chance.percent(stall_percent);
    }

    // One clock cycle; true when a beat moved.
    bool step(Run &r) {
        drive(r);
        falling_half();
        if (model->busy_o != (r.in.sent > std::min(r.code.received, r.x_proj.received)) &&
            !r.wrong_busy_cycle) {
            r.wrong_busy_cycle = cycle;
        }
        if (r.in.sent == 0) {
            r.first_cycle = cycle;
        }
        const bool taken = r.in.look(model->ready_o);
        const bool code =
            r.code.look(model->code_valid_o,
                        static_cast<uint64_t>(model->value_o) << 32 | model->code_o, cycle);
        if (code && r.code.received <= r.in.n) {
            store(r.codes, r.code.received, static_cast<uint16_t>(model->code_o));
            store(r.values, r.code.received, se_f32_from_bits(model->value_o));
        }
        const bool x_proj = r.x_proj.look(model->x_proj_valid_o, model->x_proj_o, cycle);
        if (x_proj && r.x_proj.received <= r.in.n) {
            store(r.x_projs, r.x_proj.received, static_cast<int8_t>(model->x_proj_o));
        }
        if (code || x_proj) {
            r.last_cycle = cycle;
        }
        const bool table = scales.look(model->scale_ready_o);
        rising_half();
        return taken || code || x_proj || table;
    }

    template <class T> static void store(T *out, size_t received, T value) {
        if (out) {
            out[received - 1] = value;
        }
    }

    // After the last beat there is nothing left to say, however ready the receivers are.
    void expect_silence(Run &r) {
        const se_conv_pauses kept = pauses;
        pauses = {};
        for (unsigned i = 0; i < kSilentCycles; i++) {
            step(r);
        }
        pauses = kept;
    }

    se_status check_end(const Run &r, se_error *err) const {
        if (r.code.received != r.in.n || r.x_proj.received != r.in.n) {
            return se_fail(err, SE_INVALID, "%s: %zu codes and %zu INT8 of %zu beats", build.name,
                           r.code.received, r.x_proj.received, r.in.n);
        }
        for (const Receiver *stream : {&r.code, &r.x_proj}) {
            if (stream->changed_while_waiting) {
                return se_fail(err, SE_INVALID,
                               "%s: a beat of the %s stream changed, or went away, while the "
                               "receiver was not ready (cycle %llu)",
                               build.name, stream == &r.code ? "code" : "x_proj",
                               (unsigned long long)stream->changed_cycle);
            }
        }
        if (r.wrong_busy_cycle) {
            return se_fail(err, SE_INVALID, "%s: busy_o is wrong in cycle %llu", build.name,
                           (unsigned long long)r.wrong_busy_cycle);
        }
        return SE_OK;
    }

    size_t d_inner = 0;
};

template <class Model>
std::unique_ptr<se_conv_engine> create(const se_conv_engine_build &build,
                                       const se_rtl_options &options) {
    return std::make_unique<ConvEngine<Model>>(build, options);
}

struct Entry {
    se_conv_engine_build build;
    std::unique_ptr<se_conv_engine> (*create)(const se_conv_engine_build &, const se_rtl_options &);
};

// As the Makefile builds them.
const Entry plain[] = {
    {{"conv_engine_4", 4, nullptr}, create<Vconv_engine_4>},
    {{"conv_engine_5", 5, nullptr}, create<Vconv_engine_5>},
    {{"conv_engine_6", 6, nullptr}, create<Vconv_engine_6>},
    {{"conv_engine_8", 8, nullptr}, create<Vconv_engine_8>},
};
const Entry with_lookup[] = {
    {{"conv_engine_sequential", 4, &w4a5se::kLookupSequential}, create<Vconv_engine_sequential>},
    {{"conv_engine_parallel", 8, &w4a5se::kLookupParallel}, create<Vconv_engine_parallel>},
    {{"conv_engine_lut", 8, &w4a5se::kLookupLut}, create<Vconv_engine_lut>},
    {{"conv_engine_cursor", 4, &w4a5se::kLookupCursor}, create<Vconv_engine_cursor>},
};

se_status open(se_conv_engine **engine, const Entry &entry, const se_rtl_options &options,
               se_error *err) {
    const se_status status = w4a5se::check_options(options, err);
    if (status == SE_OK) {
        *engine = entry.create(entry.build, options).release();
    }
    return status;
}

} // namespace

se_status se_conv_engine_open(se_conv_engine **engine, int code_bits, const se_rtl_options *options,
                              se_error *err) {
    for (const Entry &entry : plain) {
        if (entry.build.code_bits == code_bits) {
            return open(engine, entry, *options, err);
        }
    }
    return se_fail(err, SE_INVALID, "there is no conv_engine of code_bits %d", code_bits);
}

const se_conv_engine_build *se_conv_engine_lookup_at(size_t i) {
    return i < std::size(with_lookup) ? &with_lookup[i].build : nullptr;
}

se_status se_conv_engine_open_lookup(se_conv_engine **engine, const se_conv_engine_build *build,
                                     const se_rtl_options *options, se_error *err) {
    for (const Entry &entry : with_lookup) {
        if (&entry.build == build) {
            return open(engine, entry, *options, err);
        }
    }
    return se_fail(err, SE_INVALID, "there is no such conv_engine with a lookup");
}

void se_conv_engine_queue_table(se_conv_engine *engine, const uint32_t *words, size_t n,
                                size_t after_beats) {
    engine->scales.queue(words, n, after_beats);
}

se_status se_conv_engine_load_table(se_conv_engine *engine, const se_scale_table *table,
                                    const se_quantizer *quantizers, se_error *err) {
    std::vector<uint32_t> words;
    se_status status = w4a5se::words_of_table(engine->build.name, engine->build.lookup, table,
                                              quantizers, SE_ENGINE_CONV, words, err);
    if (status == SE_OK) {
        engine->scales.queue(words.data(), words.size(), 0);
        status = engine->run(0, 0, nullptr, nullptr, nullptr, nullptr, err);
    }
    return status;
}

bool se_conv_engine_table_error(const se_conv_engine *engine) {
    return engine->table_error();
}

uint64_t se_conv_engine_lookup_stalls(const se_conv_engine *engine) {
    return engine->lookup_stalls();
}

se_status se_conv_engine_load(se_conv_engine *engine, const se_conv *conv, const se_quantizer *q,
                              float x_proj_inv_s, se_error *err) {
    return engine->load(*conv, *q, x_proj_inv_s, err);
}

se_status se_conv_engine_run(se_conv_engine *engine, size_t tokens, bool first, const int8_t *x,
                             uint16_t *codes, float *values, int8_t *x_proj, se_error *err) {
    return engine->run(tokens, first ? tokens : 0, x, codes, values, x_proj, err);
}

se_status se_conv_engine_run_sequences(se_conv_engine *engine, size_t sequences, size_t tokens_each,
                                       const int8_t *x, uint16_t *codes, float *values,
                                       int8_t *x_proj, se_error *err) {
    return engine->run(sequences * tokens_each, tokens_each, x, codes, values, x_proj, err);
}

void se_conv_engine_pause(se_conv_engine *engine, const se_conv_pauses *pauses) {
    engine->pauses = *pauses;
}

size_t se_conv_engine_disturb(se_conv_engine *engine, size_t n, const int8_t *x, unsigned cycles) {
    return engine->disturb(n, x, cycles);
}

void se_conv_engine_reset(se_conv_engine *engine) {
    engine->reset();
}

unsigned se_conv_engine_flags(const se_conv_engine *engine) {
    return engine->flags();
}

void se_conv_engine_clear_flags(se_conv_engine *engine) {
    engine->clear_flags();
}

uint64_t se_conv_engine_run_cycles(const se_conv_engine *engine) {
    return engine->run_cycles;
}

void se_conv_engine_close(se_conv_engine *engine) {
    delete engine;
}
