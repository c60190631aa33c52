// SPDX-License-Identifier: Apache-2.0
// engine-report DIRECTORY: layers through the scan engine without pauses, compared with the model;
// its cycles, as the RTL's counters, the driver and the formula have them, go to
// DIRECTORY/engines.*.
#include "scan_engine.h"

#include "../reference/corners.h"
#include "../reference/scan_cycles.h"
#include "w4a5se/fp32.h"
#include "w4a5se/report.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEED = 1 };

struct workload {
    const char *layer, *build;
    size_t d_inner, tokens;
    double target; // least utilisation
};

static const struct workload workloads[] = {
    {"mamba-130m", "scan_engine_16", 1536, 512, 0.99},
    {"mamba-130m", "scan_engine_4", 1536, 512, 0.99},
    {"small model", "scan_engine_16", 256, 256, 0.96},
    {"small model", "scan_engine_8", 256, 256, 0.96},
    {"small model", "scan_engine_4", 256, 256, 0.96},
    {"small model", "scan_engine_2", 256, 256, 0.96},
    {"small model", "scan_engine_1", 256, 256, 0.96},
};
enum { WORKLOADS = sizeof workloads / sizeof *workloads };

struct measurement {
    const struct se_scan_engine_build *build;
    struct se_scan_counters counters;
    uint64_t driver_cycles, formula_cycles;
    double utilisation, seconds;
};

// Random parameters and inputs of a layer's size: cycles depend on the shape alone.
struct data {
    float *A, *D, *dt_bias, *u, *h, *h_rtl;
    int8_t *dt, *b, *c, *z;
    uint16_t *y, *y_rtl;
};

static void *allocate(size_t n, size_t size) {
    void *memory = calloc(n, size);
    if (!memory) {
        fprintf(stderr, "engine-report: out of memory\n");
        exit(1);
    }
    return memory;
}

static float *random_floats(uint64_t *seed, size_t n, float low, float high) {
    float *values = allocate(n, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = low + (high - low) * (float)ref_random_int(seed, 0, 1 << 20) / (1 << 20);
    }
    return values;
}

static int8_t *random_int8(uint64_t *seed, size_t n) {
    int8_t *values = allocate(n, 1);
    for (size_t i = 0; i < n; i++) {
        values[i] = (int8_t)ref_random_int(seed, -128, 127);
    }
    return values;
}

static struct data make(const struct workload *w, size_t d_state) {
    uint64_t seed = SEED;
    size_t channels = w->tokens * w->d_inner, states = w->d_inner * d_state;
    return (struct data){.A = random_floats(&seed, states, -16, -0.5f),
                         .D = random_floats(&seed, w->d_inner, -2, 2),
                         .dt_bias = random_floats(&seed, w->d_inner, -6, -1),
                         .u = random_floats(&seed, channels, -0.3f, 4),
                         .h = allocate(states, sizeof(float)),
                         .h_rtl = allocate(states, sizeof(float)),
                         .dt = random_int8(&seed, channels),
                         .b = random_int8(&seed, w->tokens * d_state),
                         .c = random_int8(&seed, w->tokens * d_state),
                         .z = random_int8(&seed, channels),
                         .y = allocate(channels, sizeof(uint16_t)),
                         .y_rtl = allocate(channels, sizeof(uint16_t))};
}

static void free_data(struct data *d) {
    void *const all[] = {d->A,  d->D, d->dt_bias, d->u, d->h, d->h_rtl,
                         d->dt, d->b, d->c,       d->z, d->y, d->y_rtl};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum se_status run(struct se_scan_engine *engine, const struct se_scan *scan,
                          const struct workload *w, const struct data *d, struct measurement *m,
                          struct se_error *err) {
    const struct se_scan_beats beats = {.tokens = w->tokens,
                                        .first = true,
                                        .u = d->u,
                                        .dt = d->dt,
                                        .b = d->b,
                                        .c = d->c,
                                        .z = d->z,
                                        .y = d->y_rtl};
    enum se_status status = se_scan_engine_load(engine, scan, NULL, err);
    double start = now();
    if (status == SE_OK) {
        status = se_scan_engine_run(engine, &beats, err);
    }
    m->seconds = now() - start;
    m->counters = se_scan_engine_counters(engine);
    m->driver_cycles = se_scan_engine_run_cycles(engine);
    se_scan_engine_read_state(engine, d->h_rtl);
    return status;
}

static enum se_status check(const struct workload *w, const struct data *d, size_t states,
                            const struct measurement *m, struct se_error *err) {
    if (memcmp(d->y, d->y_rtl, w->tokens * w->d_inner * sizeof *d->y) != 0 ||
        memcmp(d->h, d->h_rtl, states * sizeof *d->h) != 0) {
        return se_fail(err, SE_INVALID, "%s on %s: RTL and model differ", w->layer, w->build);
    }
    if (m->counters.cycles != m->driver_cycles || m->counters.cycles != m->formula_cycles ||
        m->counters.updates != w->tokens * states || m->counters.stalls != 0) {
        return se_fail(err, SE_INVALID,
                       "%s on %s: the RTL counted %" PRIu64 " cycles, the driver %" PRIu64
                       ", the formula says %" PRIu64 "; %" PRIu64 " updates, %" PRIu64 " stalls",
                       w->layer, w->build, m->counters.cycles, m->driver_cycles, m->formula_cycles,
                       m->counters.updates, m->counters.stalls);
    }
    if (m->utilisation < w->target) {
        return se_fail(err, SE_INVALID, "%s on %s: utilisation %.4f, below %.2f", w->layer,
                       w->build, m->utilisation, w->target);
    }
    return SE_OK;
}

static enum se_status measure(const struct workload *w, struct measurement *m,
                              struct se_error *err) {
    for (size_t i = 0; (m->build = se_scan_engine_build_at(i)); i++) {
        if (!strcmp(m->build->name, w->build)) {
            break;
        }
    }
    size_t d_state = m->build->d_state, lanes = (size_t)m->build->lanes;
    struct data d = make(w, d_state);
    const struct se_scan scan = {.d_inner = w->d_inner,
                                 .d_state = d_state,
                                 .A = d.A,
                                 .D = d.D,
                                 .dt_bias = d.dt_bias,
                                 .s_dt = 0x1p-6f,
                                 .s_b = 0x1p-6f,
                                 .s_c = 0x1p-6f,
                                 .s_z = 0x1p-5f,
                                 .gate = true};
    const struct se_rtl_options options = {.seed = SEED};
    struct se_scan_engine *engine;
    enum se_status status = se_scan_engine_open(&engine, m->build, &options, err);
    if (status == SE_OK) {
        status = run(engine, &scan, w, &d, m, err);
        se_scan_engine_close(engine);
    }
    if (status == SE_OK) {
        m->formula_cycles = scan_cycles_closed(&(struct scan_shape){
            .lanes = lanes, .d_state = d_state, .d_inner = w->d_inner, .tokens = w->tokens});
        m->utilisation = (double)m->counters.updates / ((double)m->counters.cycles * (double)lanes);
        se_scan_run(&scan, d.h, w->tokens, d.u, d.dt, d.b, d.c, d.z, d.y, NULL);
        status = check(w, &d, w->d_inner * d_state, m, err);
    }
    free_data(&d);
    return status;
}

static json_t *row_json(const struct workload *w, const struct measurement *m) {
    return json_pack("{s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f}", "layer",
                     w->layer, "instance", w->build, "lanes", m->build->lanes, "d_state",
                     (int)m->build->d_state, "d_inner", (json_int_t)w->d_inner, "tokens",
                     (json_int_t)w->tokens, "cycles", (json_int_t)m->counters.cycles,
                     "cycles_driver", (json_int_t)m->driver_cycles, "cycles_formula",
                     (json_int_t)m->formula_cycles, "updates", (json_int_t)m->counters.updates,
                     "stalls", (json_int_t)m->counters.stalls, "utilisation", m->utilisation,
                     "simulated_kcycles_per_s", (double)m->driver_cycles / m->seconds / 1000);
}

static void write_markdown(const void *data, FILE *file) {
    const struct measurement *m = data;
    fprintf(file,
            "# The engines at work\n\n"
            "`make engines`, %s; %s; random data, seed %d.\n\n"
            "Cycles from the first channel in to the last result out, counted by the RTL; the "
            "driver's count and the formula of `docs/engines.md` are the same, stalls are 0, and "
            "every result and state equals the model's. Utilisation: state updates / (lanes x "
            "cycles).\n\n"
            "| layer | d_inner | tokens | lanes | cycles | updates | utilisation | least allowed | "
            "simulated kcycles/s |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
            se_origin_now().date, se_rtl_version(), SEED);
    for (size_t i = 0; i < WORKLOADS; i++) {
        fprintf(file,
                "| %s | %zu | %zu | %d | %" PRIu64 " | %" PRIu64 " | %.3f %% | %.0f %% | %.0f |\n",
                workloads[i].layer, workloads[i].d_inner, workloads[i].tokens, m[i].build->lanes,
                m[i].counters.cycles, m[i].counters.updates, 100 * m[i].utilisation,
                100 * workloads[i].target, (double)m[i].driver_cycles / m[i].seconds / 1000);
    }
}

static enum se_status write_reports(const char *directory, const struct measurement *m,
                                    struct se_error *err) {
    json_t *rows = json_array();
    for (size_t i = 0; i < WORKLOADS; i++) {
        json_array_append_new(rows, row_json(&workloads[i], &m[i]));
    }
    json_t *json = json_pack("{s:s, s:s, s:s, s:i, s:o}", "command", "make engines", "date",
                             se_origin_now().date, "verilator", se_rtl_version(), "seed", SEED,
                             "scan_engine", rows);
    enum se_status status = se_report_json(directory, "engines.json", json, err);
    return status == SE_OK ? se_report_text(directory, "engines.md", write_markdown, m, err)
                           : status;
}

int main(int argc, char **argv) {
    static struct measurement measurements[WORKLOADS];
    struct se_error err = {"usage: engine-report DIRECTORY"};
    enum se_status status = argc == 2 ? SE_OK : SE_INVALID;
    for (size_t i = 0; i < WORKLOADS && status == SE_OK; i++) {
        status = measure(&workloads[i], &measurements[i], &err);
        if (status == SE_OK) {
            printf("%s on %s: %" PRIu64 " cycles, utilisation %.3f %%\n", workloads[i].layer,
                   workloads[i].build, measurements[i].counters.cycles,
                   100 * measurements[i].utilisation);
            fflush(stdout);
        }
    }
    if (status == SE_OK) {
        status = write_reports(argv[1], measurements, &err);
    }
    if (status != SE_OK) {
        fprintf(stderr, "engine-report: %s\n", err.message);
    }
    return status == SE_OK ? 0 : 1;
}
