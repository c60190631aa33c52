// SPDX-License-Identifier: Apache-2.0
// `make test-fp-long`: 10^8 random operand sets for each FP32 operation in C, 10^7 for each RTL
// unit, compared and reported.
#include "report.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { EQUAL = 0, DIFFERENT = 1, USAGE = 2 };

struct options {
    struct fp_sweep sweep;
    struct fp_rtl rtl;
    const char *reports;
};

static const struct argp_option option_list[] = {
    {"sets", 'n', "N", 0, "Operand sets for each operation (default 100000000)", 0},
    {"rtl-sets", 'r', "N", 0, "Operand sets for each RTL unit (default 10000000)", 0},
    {"seed", 's', "N", 0, "Seed of the operands (default 1)", 0},
    {"threads", 't', "N", 0, "Threads (default: one a processor)", 0},
    {"reports", 'o', "DIR", 0, "Write DIR/fp.json and DIR/fp.md", 0},
    {0}};

static uint64_t number(struct argp_state *state, const char *text, uint64_t low, uint64_t high) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || errno || value < low || value > high) {
        argp_error(state, "'%s' is not a whole number from %llu to %llu", text,
                   (unsigned long long)low, (unsigned long long)high);
    }
    return value;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'n':
        o->sweep.sets = number(state, arg, 1, UINT64_C(1) << 48);
        return 0;
    case 'r':
        o->rtl.sets = number(state, arg, 1, UINT64_C(1) << 48);
        return 0;
    case 's':
        o->sweep.seed = o->rtl.seed = number(state, arg, 0, INT64_MAX);
        return 0;
    case 't':
        o->sweep.threads = (int)number(state, arg, 1, FP_THREADS_MAX);
        return 0;
    case 'o':
        o->reports = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "Compares every FP32 operation of the C model, and its batch twin, with the tests' integer "
    "reference on random operands, and every Verilated unit with the C model.\vExit status: 0 all "
    "equal, 1 a difference or a failure, 2 "
    "wrong usage.",
    NULL,
    NULL,
    NULL};

static int default_threads(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : online > FP_THREADS_MAX ? FP_THREADS_MAX : (int)online;
}

int main(int argc, char **argv) {
    struct options o = {.sweep = {.sets = 100000000, .seed = 1, .threads = default_threads()},
                        .rtl = {.sets = 10000000, .seed = 1}};
    struct se_error err;
    argp_err_exit_status = USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = fp_sweep_run(&o.sweep, &err);
    if (status == SE_OK) {
        status = fp_rtl_run(&o.rtl, &err);
    }
    if (status == SE_OK) {
        fp_report_print(&o.sweep, &o.rtl, stdout);
        status = o.reports ? fp_report_write(&o.sweep, &o.rtl, o.reports, &err) : SE_OK;
    }
    if (status != SE_OK) {
        fprintf(stderr, "%s: %s\n", program_invocation_short_name, err.message);
        return DIFFERENT;
    }
    return fp_sweep_differences(&o.sweep) + fp_rtl_differences(&o.rtl) == 0 ? EQUAL : DIFFERENT;
}
