// SPDX-License-Identifier: Apache-2.0
// `w4a5se system`: a program of its own, so that the command does without SystemC.
#include "claims.h"
#include "cli.h"
#include "report.h"

#include <stdlib.h>

struct options {
    const char *config, *tech, *tech_directory, *models, *claim_file;
    const char *reports, *name;
    bool claims;
};

static const struct argp_option option_list[] = {
    {"config", 'c', "FILE", 0, "The chip and what it runs (docs/systemc.md)", 0},
    {"tech", 't', "NAME", 0, "Technology (default 7nm)", 0},
    {"tech-dir", 'd', "DIR", 0, "Where technologies are (default data/tech)", 0},
    {"models", 'm', "FILE", 0, "Shapes of models (default data/models.yaml)", 0},
    {"claims-from", 'f', "FILE", 0, "The claims (default data/design_notes_claims.json)", 0},
    {"reports", 'r', "DIR", 0, "Write the reports here (default reports)", 0},
    {"name", 'n', "NAME", 0, "Their name without .json, .csv, .md, .svg (default system)", 0},
    {"claims", 'C', NULL, 0,
     "Instead: the design notes' system claims, one by one, to system_claims.*", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'c':
        o->config = arg;
        return 0;
    case 't':
        o->tech = arg;
        return 0;
    case 'd':
        o->tech_directory = arg;
        return 0;
    case 'm':
        o->models = arg;
        return 0;
    case 'f':
        o->claim_file = arg;
        return 0;
    case 'r':
        o->reports = arg;
        return 0;
    case 'n':
        o->name = arg;
        return 0;
    case 'C':
        o->claims = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->claims ? "" : o->config, "--config");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "Runs a model on a chip with DRAM, loosely timed in SystemC: time, "
    "traffic, energy and utilisation by part and layer.",
    NULL,
    NULL,
    NULL};

static enum se_status run_one(const struct options *o, const struct se_energy_profile *energy,
                              struct se_error *err) {
    static struct se_system_result result;
    struct se_system system;
    enum se_status status = se_system_load(o->config, o->models, &system, err);
    if (!status) {
        status = se_system_run(&system, &result, err);
    }
    const struct se_system_report report = {&system, &result, energy};
    if (!status) {
        status = system_report_write(&report, o->reports, o->name, err);
    }
    if (!status) {
        system_report_print(&report, stdout);
    }
    return status;
}

int main(int argc, char **argv) {
    struct options o = {.tech = "7nm",
                        .tech_directory = "data/tech",
                        .models = "data/models.yaml",
                        .claim_file = "data/design_notes_claims.json",
                        .reports = "reports",
                        .name = "system"};
    static struct se_energy_profile energy;
    struct se_error err;
    argp_err_exit_status = CLI_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = se_energy_profile_load(o.tech_directory, o.tech, &energy, &err);
    if (!status) {
        status = cli_make_directory(o.reports, &err);
    }
    if (!status) {
        status = o.claims ? system_claims(&energy, o.models, o.claim_file, o.reports, &err)
                          : run_one(&o, &energy, &err);
    }
    return status ? cli_fail(&err) : CLI_OK;
}
