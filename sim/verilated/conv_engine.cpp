// SPDX-License-Identifier: Apache-2.0
#include "conv_engine.h"

#include "config.hpp"
#include "golden.h"
#include "streams.hpp"
#include "w4a5se/fp32.h"

#include "Vconv_engine_4.h"
#include "Vconv_engine_5.h"
#include "Vconv_engine_6.h"
#include "Vconv_engine_8.h"

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

    se_conv_pauses pauses{};
    uint64_t run_cycles = 0;
};

namespace {

using w4a5se::Clocked;
using w4a5se::kSilentCycles;
using w4a5se::kWatchdogCycles;
using w4a5se::Receiver;
using w4a5se::Sender;

template <class Model, int kCodeBits>
class ConvEngine final : public se_conv_engine, Clocked<Model> {
  public:
    explicit ConvEngine(const se_rtl_options &o) : Clocked<Model>(o) {
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
        model->rst_ni = 0;
        cycle_of_clock();
        model->rst_ni = 1;
    }

    se_status load(const se_conv &conv, const se_quantizer &q, float x_proj_inv_s,
                   se_error *err) override {
        if (q.format.code_bits != kCodeBits) {
            return se_fail(err, SE_INVALID, "a quantiser of %d bits does not fit conv_engine_%d",
                           q.format.code_bits, kCodeBits);
        }
        uint32_t words[SE_RTL_WORDS_MAX];
        se_words_of_quantizer(&q, words);
        w4a5se::set_quantizer(*model, kCodeBits, words);
        model->x_proj_inv_s_i = se_f32_bits(x_proj_inv_s);
        model->s_wx_i = se_f32_bits(conv.s_wx);
        d_inner = conv.d_inner;
        model->d_inner_i = std::min<size_t>(d_inner, SE_CONV_ENGINE_D_INNER_MAX + 1);
        cycle_of_clock();
        if (model->error_o) {
            return se_fail(err, SE_INVALID, "conv_engine refuses d_inner %zu; it takes 1 to %d",
                           d_inner, SE_CONV_ENGINE_D_INNER_MAX);
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
        while (!r.finished()) {
            if (step(r)) {
                last_progress = cycle;
            } else if (cycle - last_progress > kWatchdogCycles) {
                return se_fail(err, SE_INVALID,
                               "conv_engine_%d: no beat moved for %u cycles (cycle %llu, %zu of "
                               "%zu in, %zu codes and %zu INT8 out)",
                               kCodeBits, kWatchdogCycles, (unsigned long long)cycle, r.in.sent,
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
        rising_half();
        return taken || code || x_proj;
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
            return se_fail(err, SE_INVALID, "conv_engine_%d: %zu codes and %zu INT8 of %zu beats",
                           kCodeBits, r.code.received, r.x_proj.received, r.in.n);
        }
        for (const Receiver *stream : {&r.code, &r.x_proj}) {
            if (stream->changed_while_waiting) {
                return se_fail(err, SE_INVALID,
                               "conv_engine_%d: a beat of the %s stream changed, or went away, "
                               "while the receiver was not ready (cycle %llu)",
                               kCodeBits, stream == &r.code ? "code" : "x_proj",
                               (unsigned long long)stream->changed_cycle);
            }
        }
        if (r.wrong_busy_cycle) {
            return se_fail(err, SE_INVALID, "conv_engine_%d: busy_o is wrong in cycle %llu",
                           kCodeBits, (unsigned long long)r.wrong_busy_cycle);
        }
        return SE_OK;
    }

    size_t d_inner = 0;
};

std::unique_ptr<se_conv_engine> create(int code_bits, const se_rtl_options &options) {
    switch (code_bits) {
    case 4:
        return std::make_unique<ConvEngine<Vconv_engine_4, 4>>(options);
    case 5:
        return std::make_unique<ConvEngine<Vconv_engine_5, 5>>(options);
    case 6:
        return std::make_unique<ConvEngine<Vconv_engine_6, 6>>(options);
    case 8:
        return std::make_unique<ConvEngine<Vconv_engine_8, 8>>(options);
    default:
        return nullptr;
    }
}

} // namespace

se_status se_conv_engine_open(se_conv_engine **engine, int code_bits, const se_rtl_options *options,
                              se_error *err) {
    se_status status = w4a5se::check_options(*options, err);
    if (status != SE_OK) {
        return status;
    }
    std::unique_ptr<se_conv_engine> created = create(code_bits, *options);
    if (!created) {
        return se_fail(err, SE_INVALID, "there is no conv_engine of code_bits %d", code_bits);
    }
    *engine = created.release();
    return SE_OK;
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
