// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include "svg.h"
#include "w4a5se/report.h"

#include <inttypes.h>
#include <jansson.h>

static double joules_of(const struct se_system_report *r, const struct se_layer_use *use,
                        enum se_end end) {
    double joules[SE_PARTS];
    se_system_energy(r->system, use, r->energy, end, joules);
    return se_all_parts(joules);
}

static const char *layer_name(const struct se_system_report *r, int i, char name[16]) {
    snprintf(name, 16, i < r->result->layers ? "%d" : "head", i);
    return name;
}

uint64_t system_stage_operations(const struct se_system_report *r, enum se_stage stage) {
    const struct se_system_plan plan = se_system_plan_of(r->system);
    const struct se_stage_plan *work = &plan.stages[stage];
    const struct se_layer_use total = se_system_total(r->result);
    // Tokens through a layer, all layers together.
    const uint64_t tokens = total.channels / plan.stages[SE_STAGE_CONV].channels;
    const uint64_t runs = stage != SE_STAGE_HEAD ? tokens
                          : r->system->decode    ? tokens / (uint64_t)r->system->model.layers
                                                 : 1;
    return (work->macs + 4 * work->channels + 4 * work->updates) * runs;
}

// ---- Markdown -----------------------------------------------------------------------------------

static void print_parts(const struct se_system_report *r, const struct se_layer_use *total,
                        FILE *to) {
    double joules[SE_ENDS][SE_PARTS];
    for (int end = 0; end < SE_ENDS; end++) {
        se_system_energy(r->system, total, r->energy, (enum se_end)end, joules[end]);
    }
    fprintf(to, "| part | busy ms | utilisation | energy mJ, low | typical | high | share |\n"
                "|---|---:|---:|---:|---:|---:|---:|\n");
    for (int i = 0; i < SE_PARTS; i++) {
        fprintf(to, "| %s | %.4f | %.2f %% | %.4f | %.4f | %.4f | %.2f %% |\n", se_part_names[i],
                total->busy_ns[i] / 1e6, 100 * total->busy_ns[i] / r->result->time_ns,
                1e3 * joules[SE_LOW][i], 1e3 * joules[SE_TYPICAL][i], 1e3 * joules[SE_HIGH][i],
                100 * joules[SE_TYPICAL][i] / se_all_parts(joules[SE_TYPICAL]));
    }
    fprintf(to, "| all | %.4f | | %.4f | %.4f | %.4f | 100 %% |\n", r->result->time_ns / 1e6,
            1e3 * se_all_parts(joules[SE_LOW]), 1e3 * se_all_parts(joules[SE_TYPICAL]),
            1e3 * se_all_parts(joules[SE_HIGH]));
}

static void print_traffic(const struct se_system_report *r, const struct se_layer_use *total,
                          FILE *to) {
    const struct se_system_plan plan = se_system_plan_of(r->system);
    fprintf(to, "\n| tensor | where | read from DRAM, MB | written, MB | of all |\n"
                "|---|---|---:|---:|---:|\n");
    for (int i = 0; i < SE_TENSORS; i++) {
        const uint64_t read = total->dram_read[i], written = total->dram_write[i];
        fprintf(to, "| %s | %s | %.3f | %.3f | %.2f %% |\n", se_tensor_names[i],
                i >= SE_TENSOR_WEIGHTS ? (read + written ? "DRAM" : "on chip")
                : plan.on_chip[i]      ? "on chip"
                                       : "DRAM",
                (double)read / 8e6, (double)written / 8e6,
                100 * (double)(read + written) / (double)se_dram_bits(total));
    }
}

static void print_layers(const struct se_system_report *r, FILE *to) {
    fprintf(to, "\n| layer | ms | DRAM MB | on-chip MB | mJ |");
    for (int i = 0; i < SE_PARTS; i++) {
        fprintf(to, " %s busy ms |", se_part_names[i]);
    }
    fprintf(to, "\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (int i = 0; i <= r->result->layers; i++) {
        const struct se_layer_use *use = &r->result->use[i];
        char name[16];
        fprintf(to, "| %s | %.4f | %.3f | %.3f | %.4f |", layer_name(r, i, name),
                use->time_ns / 1e6, (double)se_dram_bits(use) / 8e6, (double)use->memory_bits / 8e6,
                1e3 * joules_of(r, use, SE_TYPICAL));
        for (int p = 0; p < SE_PARTS; p++) {
            fprintf(to, " %.4f |", use->busy_ns[p] / 1e6);
        }
        fputc('\n', to);
    }
}

static void print_configuration(const struct se_system *s, FILE *to) {
    fprintf(to,
            "%s, %s of %d token%s; weights %s, activations %d bits, convolution's output %s "
            "(%d bits)%s, state %d bits; layers %s.\n\n"
            "Chip: %g MHz; DRAM %g GB/s, %g ns; on chip %d kB for weights, %d kB for activations, "
            "%d kB for state; %d MACs a cycle; %d convolution engine%s, %d scan engine%s of %d "
            "lanes.\n\n",
            s->model.name, s->decode ? "decode" : "prefill", s->tokens, s->tokens > 1 ? "s" : "",
            se_weights_names[s->weights], s->activation_bits, se_system_code_name(s),
            se_system_code_bits(s), s->x_proj_copy ? " and a copy for x_proj" : "", s->state_bits,
            s->pipelining ? "pipelined" : "not pipelined", (double)s->clock_mhz,
            (double)s->dram_gb_per_s, (double)s->dram_latency_ns, s->weight_kb, s->activation_kb,
            s->state_kb, s->gemm_macs[s->weights], s->conv_engines, s->conv_engines > 1 ? "s" : "",
            s->scan_engines, s->scan_engines > 1 ? "s" : "", s->lanes);
}

void system_report_print(const void *report, FILE *to) {
    const struct se_system_report *r = report;
    const struct se_origin origin = se_origin_now();
    const struct se_layer_use total = se_system_total(r->result);
    fprintf(to, "# The chip in a system\n\n`w4a5se system`, %s; energies of technology %s.\n\n",
            origin.date, r->energy->tech.name);
    print_configuration(r->system, to);
    print_parts(r, &total, to);
    print_traffic(r, &total, to);
    print_layers(r, to);
}

// ---- CSV ----------------------------------------------------------------------------------------

static void print_csv(const void *report, FILE *to) {
    const struct se_system_report *r = report;
    fputs("layer,time_ns", to);
    for (int i = 0; i < SE_PARTS; i++) {
        fprintf(to, ",%s_busy_ns,%s_joules", se_part_names[i], se_part_names[i]);
    }
    for (int i = 0; i < SE_TENSORS; i++) {
        fprintf(to, ",%s_dram_read_bits,%s_dram_written_bits", se_tensor_names[i],
                se_tensor_names[i]);
    }
    fputs(",memory_bits,macs,conv_channels,scan_updates\n", to);
    for (int i = 0; i <= r->result->layers; i++) {
        const struct se_layer_use *use = &r->result->use[i];
        double joules[SE_PARTS];
        char name[16];
        se_system_energy(r->system, use, r->energy, SE_TYPICAL, joules);
        fprintf(to, "%s,%.3f", layer_name(r, i, name), use->time_ns);
        for (int p = 0; p < SE_PARTS; p++) {
            fprintf(to, ",%.3f,%.9g", use->busy_ns[p], joules[p]);
        }
        for (int t = 0; t < SE_TENSORS; t++) {
            fprintf(to, ",%" PRIu64 ",%" PRIu64, use->dram_read[t], use->dram_write[t]);
        }
        fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", use->memory_bits,
                use->macs, use->channels, use->updates);
    }
}

// ---- JSON ---------------------------------------------------------------------------------------

static json_t *json_use(const struct se_system_report *r, const struct se_layer_use *use) {
    static const char *const ends[SE_ENDS] = {"joules_low", "joules", "joules_high"};
    json_t *parts = json_object(), *tensors = json_object(), *stages = json_object();
    for (int i = 0; i < SE_PARTS; i++) {
        json_t *part = json_pack("{s:f}", "busy_ns", use->busy_ns[i]);
        for (int end = 0; end < SE_ENDS; end++) {
            double joules[SE_PARTS];
            se_system_energy(r->system, use, r->energy, (enum se_end)end, joules);
            json_object_set_new(part, ends[end], json_real(joules[i]));
        }
        json_object_set_new(parts, se_part_names[i], part);
    }
    for (int i = 0; i < SE_TENSORS; i++) {
        json_object_set_new(tensors, se_tensor_names[i],
                            json_pack("{s:I, s:I}", "read_bits", (json_int_t)use->dram_read[i],
                                      "written_bits", (json_int_t)use->dram_write[i]));
    }
    for (int i = 0; i < SE_STAGES; i++) {
        json_object_set_new(stages, se_stage_names[i],
                            json_pack("{s:f, s:I}", "ns", use->stage_ns[i], "dram_bits",
                                      (json_int_t)use->stage_dram[i]));
    }
    return json_pack("{s:f, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "time_ns", use->time_ns, "parts",
                     parts, "dram", tensors, "stages", stages, "memory_bits",
                     (json_int_t)use->memory_bits, "macs", (json_int_t)use->macs, "conv_channels",
                     (json_int_t)use->channels, "scan_updates", (json_int_t)use->updates);
}

static json_t *json_configuration(const struct se_system *s) {
    return json_pack("{s:s, s:s, s:i, s:s, s:i, s:s, s:i, s:b, s:i, s:b, s:i, s:f, s:f, s:f, s:i, "
                     "s:i, s:i, s:i, "
                     "s:i, s:i, s:i, s:i}",
                     "model", s->model.name, "phase", s->decode ? "decode" : "prefill", "tokens",
                     s->tokens, "weights", se_weights_names[s->weights], "activation_bits",
                     s->activation_bits, "conv_output", se_system_code_name(s), "conv_output_bits",
                     se_system_code_bits(s), "x_proj_copy", s->x_proj_copy, "state_bits",
                     s->state_bits, "pipelining", s->pipelining, "tile_tokens", s->tile_tokens,
                     "clock_mhz", (double)s->clock_mhz, "dram_gb_per_s", (double)s->dram_gb_per_s,
                     "dram_latency_ns", (double)s->dram_latency_ns, "weight_kb", s->weight_kb,
                     "activation_kb", s->activation_kb, "state_kb", s->state_kb,
                     "activation_bytes_per_cycle", s->activation_bytes_per_cycle, "gemm_macs",
                     s->gemm_macs[s->weights], "conv_engines", s->conv_engines, "scan_engines",
                     s->scan_engines, "lanes", s->lanes);
}

static json_t *json_report(const struct se_system_report *r) {
    const struct se_layer_use total = se_system_total(r->result);
    const struct se_origin origin = se_origin_now();
    json_t *layers = json_array(), *constants = json_object();
    for (int i = 0; i <= r->result->layers; i++) {
        json_array_append_new(layers, json_use(r, &r->result->use[i]));
    }
    for (int i = 0; i < SE_ENERGY_CONSTANTS; i++) {
        const struct se_constant *c = &r->energy->constants[i];
        json_object_set_new(constants, c->name,
                            json_pack("{s:f, s:f, s:f, s:s, s:s}", "value", c->band.value, "low",
                                      c->band.low, "high", c->band.high, "unit", c->unit, "source",
                                      c->source));
    }
    return json_pack("{s:s, s:o, s:o, s:f, s:o, s:o}", "date", origin.date, "configuration",
                     json_configuration(r->system), "energies", constants, "time_ns",
                     r->result->time_ns, "total", json_use(r, &total), "layers", layers);
}

enum se_status system_report_write(const struct se_system_report *r, const char *directory,
                                   const char *name, struct se_error *err) {
    char file[100];
    snprintf(file, sizeof file, "%.80s.json", name);
    enum se_status status = se_report_json(directory, file, json_report(r), err);
    if (!status) {
        snprintf(file, sizeof file, "%.80s.csv", name);
        status = se_report_text(directory, file, print_csv, r, err);
    }
    if (!status) {
        snprintf(file, sizeof file, "%.80s.md", name);
        status = se_report_text(directory, file, system_report_print, r, err);
    }
    if (!status) {
        snprintf(file, sizeof file, "%.80s.svg", name);
        status = svg_draw(directory, file, system_report_plot, r, err);
    }
    return status;
}
