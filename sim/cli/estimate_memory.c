// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate memory`: area, access time, energies and leakage of one memory.
#include "estimate.h"

#include <string.h>

struct options {
    const char *bytes, *bits, *word_bits, *ports, *node, *tech, *device, *why, *directory;
    bool json;
};

enum {
    OPT_BYTES = 256,
    OPT_BITS,
    OPT_WORD_BITS,
    OPT_PORTS,
    OPT_NODE,
    OPT_TECH,
    OPT_DEVICE,
    OPT_WHY,
    OPT_JSON,
    OPT_DIRECTORY
};

static const struct argp_option option_list[] = {
    {"bytes", OPT_BYTES, "N", 0, "Size of the memory, up to 64 MB", 0},
    {"bits", OPT_BITS, "N", 0, "The same in bits", 0},
    {"word-bits", OPT_WORD_BITS, "W", 0,
     "Bits of a word (default: the most up to 32 that divide the size)", 0},
    {"ports", OPT_PORTS, "PORTS", 0, "1RW (default) or 1RW1R", 0},
    {"node", OPT_NODE, "NM", 0, "The technology NMnm (default 7)", 0},
    {"tech", OPT_TECH, "NAME", 0, "Or a technology by its name", 0},
    {"device", OPT_DEVICE, "KIND", 0, "Transistors: hp, lstp or typical (default)", 0},
    {"why", OPT_WHY, "QUANTITY", 0,
     "Print the formula behind area_mm2, access_ns, read_pj, write_pj or leakage_mw", 0},
    {"json", OPT_JSON, NULL, 0, "Print JSON", 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    const char **const texts[] = {&o->bytes, &o->bits,   &o->word_bits, &o->ports, &o->node,
                                  &o->tech,  &o->device, &o->why,       NULL,      &o->directory};
    if (key >= OPT_BYTES && key <= OPT_DIRECTORY) {
        if (key == OPT_JSON) {
            o->json = true;
        } else {
            *texts[key - OPT_BYTES] = arg;
        }
        return 0;
    }
    if (key == ARGP_KEY_ARG) {
        argp_error(state, "'%s' belongs to no option", arg);
    }
    if (key == ARGP_KEY_END) {
        if (!o->bytes == !o->bits) {
            argp_error(state, o->bits ? "--bytes and --bits both give the size"
                                      : "one of --bytes and --bits is needed");
        }
        if (o->json && o->why) {
            argp_error(state, "--why is printed as text, not as --json");
        }
        if (o->node && o->tech) {
            argp_error(state, "--node and --tech both name the technology");
        }
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {option_list,
                                 parse,
                                 NULL,
                                 "What a memory costs as SRAM and as flip-flops, and which is "
                                 "smaller.",
                                 NULL,
                                 NULL,
                                 NULL};

struct request {
    struct se_memory memory;
    enum se_device device;
    int why; // a quantity, or -1
    char tech[SE_TECH_NAME];
};

static enum se_status interpret(const struct options *o, struct request *r, struct se_error *err) {
    enum { BYTES_MAX = SE_MEMORY_BITS_MAX / 8 };
    int ports, device;
    uint64_t size, node = 7;
    enum se_status status = o->bytes
                                ? estimate_count("--bytes", o->bytes, BYTES_MAX, &size, err)
                                : estimate_count("--bits", o->bits, SE_MEMORY_BITS_MAX, &size, err);
    if (!status) {
        r->memory.bits = o->bytes ? 8 * size : size;
        r->memory.word_bits = 32;
        while (r->memory.bits % r->memory.word_bits) {
            r->memory.word_bits--;
        }
    }
    if (!status && o->word_bits) {
        status = estimate_count("--word-bits", o->word_bits, SE_MEMORY_WORD_MAX,
                                &r->memory.word_bits, err);
    }
    if (!status) {
        status = estimate_choice("--ports", o->ports, se_ports_names, &ports, err);
    }
    if (!status) {
        status = estimate_choice("--device", o->device, se_device_names, &device, err);
    }
    if (!status && o->why) {
        status = estimate_choice("--why", o->why, se_memory_quantity_names, &r->why, err);
    }
    if (!status && o->node) {
        status = estimate_count("--node", o->node, 1000, &node, err);
    }
    if (!status) {
        r->memory.ports = (enum se_ports)ports;
        r->device = (enum se_device)device;
        if (o->tech) {
            snprintf(r->tech, sizeof r->tech, "%s", o->tech);
        } else {
            snprintf(r->tech, sizeof r->tech, "%dnm", (int)node);
        }
    }
    return status;
}

static void print_text(const struct se_tech *tech, const struct request *r,
                       const struct se_memory_estimate *e) {
    const struct se_memory_figures *f = &e->by_kind[e->kind], *other = &e->by_kind[!e->kind];
    printf("%llu bits, %llu words of %llu bits, %s, in %s (%s)\n",
           (unsigned long long)r->memory.bits, (unsigned long long)e->words,
           (unsigned long long)r->memory.word_bits, se_ports_names[r->memory.ports], tech->name,
           se_device_names[r->device]);
    printf("%s, the smaller: %.4g mm2; %s would take %.4g mm2\n", se_memory_kind_names[e->kind],
           f->q[SE_MEMORY_AREA].value, se_memory_kind_names[!e->kind],
           other->q[SE_MEMORY_AREA].value);
    if (e->extrapolated) {
        const struct se_constant *c = tech->sram[0].c;
        const struct se_band *bits = &c[SE_SRAM_FITTED_BITS].band,
                             *word = &c[SE_SRAM_FITTED_WORD].band;
        printf(
            "extrapolated from memories of %.0f to %.0f bits with words of %.0f to %.0f: ends of "
            "the bands * and / %.3g\n",
            bits->low, bits->high, word->low, word->high, c[SE_SRAM_BEYOND].band.value);
    }
    printf("\n%-11s %11s %11s %11s\n", "", "typical", "low", "high");
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        printf("%-11s %11.4g %11.4g %11.4g\n", se_memory_quantity_names[q], f->q[q].value,
               f->q[q].low, f->q[q].high);
    }
}

static void print_why(const struct se_tech *tech, const struct se_memory_estimate *e,
                      int quantity) {
    const struct se_memory_figures *f = &e->by_kind[e->kind];
    const struct se_band *b = &f->q[quantity];
    for (size_t i = 0; i < f->models; i++) {
        estimate_print_sum(stdout, se_memory_quantity_names[quantity], &f->sums[i][quantity]);
    }
    if (f->models == 2) {
        printf("geometric mean of both, and the band of both\n");
    }
    if (e->extrapolated) {
        printf("extrapolated: ends of the band * and / %.3g\n",
               tech->sram[0].c[SE_SRAM_BEYOND].band.value);
    }
    printf("%s = %.4g, %.4g to %.4g\n", se_memory_quantity_names[quantity], b->value, b->low,
           b->high);
}

static json_t *to_json(const struct se_tech *tech, const struct request *r,
                       const struct se_memory_estimate *e) {
    const struct se_memory_figures *f = &e->by_kind[e->kind];
    json_t *root = estimate_figures_json(f, estimate_value);
    json_object_update_new(
        root,
        json_pack("{s:s, s:f, s:s, s:s, s:I, s:f, s:I, s:I, s:s, s:b, s:o, s:o, s:{s:f, s:f}}",
                  "tech", tech->name, "node_nm", tech->node_nm, "device",
                  se_device_names[r->device], "kind", se_memory_kind_names[e->kind], "bits",
                  (json_int_t)r->memory.bits, "bytes", (double)r->memory.bits / 8, "words",
                  (json_int_t)e->words, "word_bits", (json_int_t)r->memory.word_bits, "ports",
                  se_ports_names[r->memory.ports], "extrapolated", e->extrapolated, "low",
                  estimate_figures_json(f, estimate_low), "high",
                  estimate_figures_json(f, estimate_high), "area_mm2_as", "SRAM",
                  e->by_kind[SE_MEMORY_SRAM].q[SE_MEMORY_AREA].value, "flip-flops",
                  e->by_kind[SE_MEMORY_FLIP_FLOPS].q[SE_MEMORY_AREA].value));
    return root;
}

int estimate_memory(int argc, char **argv) {
    struct options o = {.ports = "1RW", .device = "typical", .directory = ESTIMATE_TECH_DIRECTORY};
    struct request r = {.why = -1};
    struct se_tech tech;
    struct se_memory_estimate e;
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = interpret(&o, &r, &err);
    if (!status) {
        status = se_tech_load(o.directory, r.tech, &tech, &err);
    }
    if (!status) {
        status = se_memory_estimate(&tech, r.device, &r.memory, &e, &err);
    }
    if (status) {
        return cli_fail(&err);
    }
    if (o.json) {
        status = estimate_print_json(to_json(&tech, &r, &e), &err);
    } else if (r.why >= 0) {
        print_why(&tech, &e, r.why);
    } else {
        print_text(&tech, &r, &e);
    }
    return status ? cli_fail(&err) : CLI_OK;
}
