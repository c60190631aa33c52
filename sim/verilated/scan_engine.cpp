// SPDX-License-Identifier: Apache-2.0
#include "scan_engine.h"

#include "config.hpp"
#include "scale_port.hpp"
#include "streams.hpp"

#include "w4a5se/fp32.h"

#include "Vscan_engine_1.h"
#include "Vscan_engine_128.h"
#include "Vscan_engine_16.h"
#include "Vscan_engine_2.h"
#include "Vscan_engine_4.h"
#include "Vscan_engine_8.h"
#include "Vscan_engine_cursor.h"
#include "Vscan_engine_int8.h"
#include "Vscan_engine_lut.h"
#include "Vscan_engine_parallel.h"
#include "Vscan_engine_sequential.h"

struct se_scan_engine {
    virtual ~se_scan_engine() = default;
    virtual void load(const se_scan &scan, const se_quantizer *quantizer) = 0;
    virtual void write_state(const float *h) = 0;
    virtual void read_state(float *h) = 0;
    virtual se_status run(const se_scan_beats &beats, se_error *err) = 0;
    virtual size_t disturb(const se_scan_beats &beats, unsigned cycles) = 0;
    virtual bool set_d_inner(size_t d_inner) = 0;
    virtual void spin(unsigned cycles) = 0;
    virtual void reset() = 0;
    virtual void clear() = 0;
    virtual se_scan_counters counters() const = 0;
    virtual unsigned flags() const = 0;
    virtual bool table_error() const = 0;

    se_scan_engine_build build = {};
    w4a5se::ScalePort scales;
    uint64_t run_cycles = 0;
};

namespace w4a5se {

namespace {

enum Table { kTableA, kTableD, kTableDtBias, kTableState };

template <class Model> class ScanEngine final : public se_scan_engine, Clocked<Model> {
    using Clocked<Model>::model;
    using Clocked<Model>::chance;
    using Clocked<Model>::cycle;
    using Clocked<Model>::falling_half;
    using Clocked<Model>::rising_half;
    using Clocked<Model>::tick;

  public:
    ScanEngine(const se_scan_engine_build &b, const se_rtl_options &o)
        : Clocked<Model>(o), options(o) {
        build = b;
        reset();
    }

    void reset() override {
        model->valid_i = model->bc_valid_i = model->ready_i = 0;
        model->table_write_i = model->state_read_i = model->clear_i = 0;
        model->scale_valid_i = model->scale_swap_i = 0;
        scales.drop();
        model->rst_ni = 0;
        tick();
        model->rst_ni = 1;
    }

    void spin(unsigned cycles) override {
        model->valid_i = model->bc_valid_i = model->ready_i = 1;
        for (unsigned i = 0; i < cycles; i++) {
            tick();
        }
        reset();
    }

    void clear() override {
        model->clear_i = 1;
        tick();
        model->clear_i = 0;
    }

    void load(const se_scan &s, const se_quantizer *quantizer) override {
        scan = s;
        model->d_inner_i = s.d_inner;
        model->u_fp32_i = quantizer == nullptr;
        if (quantizer) {
            model->s1_i = se_f32_bits(quantizer->s1);
            model->s2_i = se_f32_bits(quantizer->s2);
            set_bases(*model, build.code_bits, static_cast<uint32_t>(quantizer->format.base1),
                      static_cast<uint32_t>(quantizer->format.base2));
        }
        model->s_dt_i = se_f32_bits(s.s_dt);
        model->s_b_i = se_f32_bits(s.s_b);
        model->s_c_i = se_f32_bits(s.s_c);
        model->s_z_i = se_f32_bits(s.s_z);
        model->gate_i = s.gate;
        if (build.state_int8) {
            model->s_h_i = se_f32_bits(s.s_h);
            model->inv_s_h_i = se_f32_bits(1.0f / s.s_h);
        }
        for (size_t d = 0; d < s.d_inner; d++) {
            for (size_t n = 0; n < s.d_state; n++) {
                write_table(kTableA, d * s.d_state + n, se_f32_bits(s.A[d * s.d_state + n]));
            }
            write_table(kTableD, d, se_f32_bits(s.D[d]));
            write_table(kTableDtBias, d, se_f32_bits(s.dt_bias[d]));
        }
    }

    void write_state(const float *h) override {
        for (size_t i = 0; i < scan.d_inner * scan.d_state; i++) {
            write_table(kTableState, i,
                        build.state_int8 ? static_cast<uint32_t>(se_state_quantize(
                                               SE_STATE_INT8_STEP, h[i], scan.s_h))
                                         : se_f32_bits(h[i]));
        }
    }

    void read_state(float *h) override {
        for (size_t i = 0; i < scan.d_inner * scan.d_state; i++) {
            model->state_read_i = 1;
            model->table_address_i = i;
            tick();
            model->state_read_i = 0;
            tick();
            const uint32_t word = model->state_data_o;
            h[i] = build.state_int8 ? static_cast<float>(static_cast<int32_t>(word)) * scan.s_h
                                    : se_f32_from_bits(word);
        }
    }

    se_status run(const se_scan_beats &beats, se_error *err) override {
        begin(beats);
        uint64_t last_progress = cycle;
        while (out.received < in.n || in.sent < in.n || bc.sent < bc.n || scales.waits()) {
            if (step(beats)) {
                last_progress = cycle;
            } else if (cycle - last_progress > kWatchdogCycles) {
                return se_fail(err, SE_INVALID,
                               "%s: no beat moved for %u cycles (cycle %llu, %zu of %zu channels "
                               "in, %zu of %zu B and C, %zu results out)",
                               build.name, kWatchdogCycles, (unsigned long long)cycle, in.sent,
                               in.n, bc.sent, bc.n, out.received);
            }
        }
        run_cycles = last_cycle - first_cycle + 1;
        const unsigned stall_percent = options.stall_percent;
        options.stall_percent = 0;
        for (unsigned i = 0; i < kSilentCycles; i++) {
            step(beats);
        }
        options.stall_percent = stall_percent;
        if (out.received > in.n) {
            return se_fail(err, SE_INVALID, "%s: a result more than expected: %zu instead of %zu",
                           build.name, out.received, in.n);
        }
        if (out.changed_while_waiting) {
            return se_fail(err, SE_INVALID,
                           "%s: a result changed, or went away, while the receiver was not ready "
                           "(cycle %llu)",
                           build.name, (unsigned long long)out.changed_cycle);
        }
        if (model->busy_o) {
            return se_fail(err, SE_INVALID, "%s: busy after its last result", build.name);
        }
        return SE_OK;
    }

    size_t disturb(const se_scan_beats &beats, unsigned cycles) override {
        begin(beats);
        for (unsigned i = 0; i < cycles && out.received < in.n; i++) {
            step(beats);
        }
        model->valid_i = model->bc_valid_i = 0;
        return in.sent + bc.sent;
    }

    bool set_d_inner(size_t d_inner) override {
        model->d_inner_i = d_inner;
        model->eval();
        return model->error_o;
    }

    se_scan_counters counters() const override {
        return {model->cycles_o, model->updates_o, model->stalls_o, model->lookup_stalls_o};
    }
    unsigned flags() const override { return model->flags_o; }
    bool table_error() const override { return model->scale_error_o; }

  private:
    void write_table(Table table, size_t address, uint32_t word) {
        model->table_write_i = 1;
        model->table_select_i = table;
        model->table_address_i = address;
        model->table_data_i = word;
        tick();
        model->table_write_i = 0;
    }

    void begin(const se_scan_beats &beats) {
        in = {beats.tokens * scan.d_inner};
        bc = {beats.tokens * scan.d_state};
        out = {};
    }

    static bool starts(const se_scan_beats &beats, size_t token) {
        return (beats.first && token == 0) || (beats.starts && beats.starts[token]);
    }

    // A stream's wires carry noise while its valid is low.
    void drive(const se_scan_beats &beats) {
        const bool offer = in.offer(chance, options.idle_percent);
        const size_t i = in.sent;
        model->valid_i = offer;
        model->u_i = !offer        ? chance.word()
                     : beats.codes ? beats.codes[i]
                                   : se_f32_bits(beats.u[i]);
        model->dt_i = offer ? static_cast<uint8_t>(beats.dt[i]) : chance.word();
        model->z_i = !offer ? chance.word() : beats.z ? static_cast<uint8_t>(beats.z[i]) : 0;
        model->first_i = offer ? starts(beats, i / scan.d_inner) : chance.word() & 1;

        const bool bc_offer = bc.offer(chance, options.idle_percent);
        model->bc_valid_i = bc_offer;
        model->b_i = bc_offer ? static_cast<uint8_t>(beats.b[bc.sent]) : chance.word();
        model->c_i = bc_offer ? static_cast<uint8_t>(beats.c[bc.sent]) : chance.word();

        out.ready = !chance.percent(options.stall_percent);
        model->ready_i = out.ready;
        scales.drive(*model, chance, options.idle_percent, in.sent);
    }

    // One clock cycle; true when a beat of any stream moved.
    bool step(const se_scan_beats &beats) {
        drive(beats);
        falling_half();
        if (in.sent == 0) {
            first_cycle = cycle; // until a beat is taken
        }
        const bool take = in.look(model->ready_o);
        const bool bc_take = bc.look(model->bc_ready_o);
        const size_t k = out.received;
        const bool give = out.look(model->valid_o, model->y_o, cycle);
        if (give && k < in.n) {
            beats.y[k] = model->y_o;
            last_cycle = cycle;
        }
        const bool table = scales.look(model->scale_ready_o);
        rising_half();
        return take || bc_take || give || table;
    }

    se_rtl_options options;
    se_scan scan = {};
    Sender in = {0}, bc = {0}; // channels; B and C
    Receiver out;
    uint64_t first_cycle = 0, last_cycle = 0;
};

struct Build {
    se_scan_engine_build description;
    se_scan_engine *(*create)(const se_scan_engine_build &build, const se_rtl_options &options);
};

template <class Model>
se_scan_engine *create(const se_scan_engine_build &build, const se_rtl_options &options) {
    return new ScanEngine<Model>(build, options);
}

// As the Makefile builds them.
const Build builds[] = {
    {{"scan_engine_1", 1, 5, 16, 2048, false, nullptr}, create<Vscan_engine_1>},
    {{"scan_engine_2", 2, 6, 16, 2048, false, nullptr}, create<Vscan_engine_2>},
    {{"scan_engine_4", 4, 4, 16, 2048, false, nullptr}, create<Vscan_engine_4>},
    {{"scan_engine_8", 8, 8, 16, 2048, false, nullptr}, create<Vscan_engine_8>},
    {{"scan_engine_16", 16, 4, 16, 2048, false, nullptr}, create<Vscan_engine_16>},
    {{"scan_engine_int8", 2, 8, 16, 2048, true, nullptr}, create<Vscan_engine_int8>},
    {{"scan_engine_128", 2, 8, 128, 320, false, nullptr}, create<Vscan_engine_128>},
};
const Build with_lookup[] = {
    {{"scan_engine_sequential", 8, 4, 16, 256, false, &kLookupSequential},
     create<Vscan_engine_sequential>},
    {{"scan_engine_parallel", 4, 8, 16, 256, false, &kLookupParallel},
     create<Vscan_engine_parallel>},
    {{"scan_engine_lut", 2, 8, 16, 256, false, &kLookupLut}, create<Vscan_engine_lut>},
    {{"scan_engine_cursor", 16, 4, 16, 256, false, &kLookupCursor}, create<Vscan_engine_cursor>},
};

} // namespace

} // namespace w4a5se

const se_scan_engine_build *se_scan_engine_build_at(size_t i) {
    return i < std::size(w4a5se::builds) ? &w4a5se::builds[i].description : nullptr;
}

se_status se_scan_engine_open(se_scan_engine **engine, const se_scan_engine_build *build,
                              const se_rtl_options *options, se_error *err) {
    se_status status = w4a5se::check_options(*options, err);
    if (status != SE_OK) {
        return status;
    }
    for (const w4a5se::Build &b : w4a5se::builds) {
        if (&b.description == build) {
            *engine = b.create(*build, *options);
        }
    }
    for (const w4a5se::Build &b : w4a5se::with_lookup) {
        if (&b.description == build) {
            *engine = b.create(*build, *options);
        }
    }
    return SE_OK;
}

const se_scan_engine_build *se_scan_engine_lookup_at(size_t i) {
    return i < std::size(w4a5se::with_lookup) ? &w4a5se::with_lookup[i].description : nullptr;
}

void se_scan_engine_queue_table(se_scan_engine *engine, const uint32_t *words, size_t n,
                                size_t after_beats) {
    engine->scales.queue(words, n, after_beats);
}

se_status se_scan_engine_load_table(se_scan_engine *engine, const se_scale_table *table,
                                    const se_quantizer *quantizers, se_error *err) {
    std::vector<uint32_t> words;
    se_status status = w4a5se::words_of_table(engine->build.name, engine->build.lookup, table,
                                              quantizers, SE_ENGINE_SCAN, words, err);
    if (status == SE_OK) {
        engine->scales.queue(words.data(), words.size(), 0);
        status = engine->run({}, err);
    }
    return status;
}

bool se_scan_engine_table_error(const se_scan_engine *engine) {
    return engine->table_error();
}

void se_scan_engine_close(se_scan_engine *engine) {
    delete engine;
}

se_status se_scan_engine_load(se_scan_engine *engine, const se_scan *scan,
                              const se_quantizer *quantizer, se_error *err) {
    const se_scan_engine_build &b = engine->build;
    se_status status = se_scan_check(scan, err);
    if (status != SE_OK) {
        return status;
    }
    if (scan->d_state != b.d_state || scan->d_inner > b.d_inner_max) {
        return se_fail(
            err, SE_INVALID,
            "%s scans d_state %zu and d_inner up to %zu, not d_state %zu and d_inner %zu", b.name,
            b.d_state, b.d_inner_max, scan->d_state, scan->d_inner);
    }
    if (b.lookup && (scan->d_inner != se_scale_channels(&b.lookup->shape) || !quantizer)) {
        return se_fail(err, SE_INVALID, "%s scans codes of d_inner %zu only", b.name,
                       se_scale_channels(&b.lookup->shape));
    }
    if ((scan->state_mode == SE_STATE_INT8_STEP) != b.state_int8) {
        return se_fail(err, SE_INVALID, "%s keeps its state in %s; the state mode asked for is %s",
                       b.name, b.state_int8 ? "INT8" : "FP32",
                       se_state_mode_names[scan->state_mode]);
    }
    if (quantizer && quantizer->format.code_bits != b.code_bits) {
        return se_fail(err, SE_INVALID, "%s takes codes of code_bits %d, not %d", b.name,
                       b.code_bits, quantizer->format.code_bits);
    }
    engine->load(*scan, quantizer);
    return SE_OK;
}

void se_scan_engine_write_state(se_scan_engine *engine, const float *h) {
    engine->write_state(h);
}

void se_scan_engine_read_state(se_scan_engine *engine, float *h) {
    engine->read_state(h);
}

se_status se_scan_engine_run(se_scan_engine *engine, const se_scan_beats *beats, se_error *err) {
    return engine->run(*beats, err);
}

size_t se_scan_engine_disturb(se_scan_engine *engine, const se_scan_beats *beats, unsigned cycles) {
    return engine->disturb(*beats, cycles);
}

bool se_scan_engine_set_d_inner(se_scan_engine *engine, size_t d_inner) {
    return engine->set_d_inner(d_inner);
}

void se_scan_engine_spin(se_scan_engine *engine, unsigned cycles) {
    engine->spin(cycles);
}

void se_scan_engine_reset(se_scan_engine *engine) {
    engine->reset();
}

se_scan_counters se_scan_engine_counters(const se_scan_engine *engine) {
    return engine->counters();
}

unsigned se_scan_engine_flags(const se_scan_engine *engine) {
    return engine->flags();
}

void se_scan_engine_clear(se_scan_engine *engine) {
    engine->clear();
}

uint64_t se_scan_engine_run_cycles(const se_scan_engine *engine) {
    return engine->run_cycles;
}
