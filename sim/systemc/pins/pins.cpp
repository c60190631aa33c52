// SPDX-License-Identifier: Apache-2.0
#include "pins.h"

#include "host.hpp"
#include "top_target.hpp"

#include <verilated.h>
#include <verilated_fst_sc.h>

using namespace w4a5se;

namespace {

se_status simulate(const se_rtl_options &options, const se_pins_job &job, se_pins_result *result,
                   se_error *err) {
    sc_core::sc_set_time_resolution(1, sc_core::SC_NS); // the RTL's
    Verilated::randReset(options.random_initial_state ? 2 : 0);
    Verilated::randSeed(static_cast<int>(options.seed % 0x7FFFFFFF) + 1);
    Verilated::traceEverOn(options.trace_path != nullptr);
    TopTarget top("top", options);
    Host host("host", job, top.activity);
    host.aclk(top.aclk);
    host.aresetn(top.aresetn);
    host.registers.bind(top.registers.socket);
    for (int i = 0; i < SE_TOP_INS; i++) {
        host.in[i]->bind(top.in[i]->socket);
    }
    for (int i = 0; i < SE_TOP_OUTS; i++) {
        host.out[i]->bind(top.out[i]->socket);
    }
    VerilatedFstSc trace;
    if (options.trace_path) {
        sc_core::sc_start(sc_core::SC_ZERO_TIME); // what is traced is known after elaboration
        top.trace(trace);
        trace.open(options.trace_path);
    }
    sc_core::sc_start();
    *result = host.result;
    for (int i = 0; i < SE_TOP_OUTS; i++) {
        if (top.beat_left(i)) {
            return se_fail(err, SE_INVALID,
                           "w4a5se_top: output stream %d sent more beats than were asked for, or "
                           "changed one that waited",
                           i);
        }
    }
    return host.status ? se_fail(err, host.status, "%s", host.error.message) : SE_OK;
}

} // namespace

se_status se_pins_run(const se_rtl_options *options, const se_pins_job *job, se_pins_result *result,
                      se_error *err) {
    const se_status status = check_options(*options, err);
    if (status) {
        return status;
    }
    if (sc_core::sc_get_status() != sc_core::SC_ELABORATION) {
        return se_fail(err, SE_INVALID, "SystemC runs once a process");
    }
    if (job->runs > SE_PINS_RUNS_MAX) {
        return se_fail(err, SE_INVALID, "%zu runs; at most %d", job->runs, SE_PINS_RUNS_MAX);
    }
    return simulate(*options, *job, result, err);
}
