// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/tech.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char home[64];

// A copy of the technologies in a folder of its own, which is the working directory.
static void copy_technologies(void) {
    char line[200];
    strcpy(home, "/tmp/se_test_XXXXXX");
    cr_assert(mkdtemp(home));
    snprintf(line, sizeof line, "cp -r data/tech %s/tech", home);
    cr_assert_eq(system(line), 0);
    cr_assert_eq(chdir(home), 0);
}

static void remove_technologies(void) {
    char line[100];
    snprintf(line, sizeof line, "rm -r %s", home);
    cr_expect_eq(system(line), 0);
}

TestSuite(tech, .init = copy_technologies, .fini = remove_technologies);

Test(tech, reads_a_profile_and_what_it_names) {
    struct se_tech t;
    struct se_error err = {""};
    cr_assert_eq(se_tech_load("tech", "45nm", &t, &err), SE_OK, "%s", err.message);
    cr_expect_eq(t.node_nm, 45);
    cr_expect_eq(t.models, 2u);
    cr_expect_eq(t.sram[0].device, SE_DEVICE_HP);
    cr_expect_eq(t.sram[1].device, SE_DEVICE_LSTP);
    // CACTI's bit cell, 146 F^2
    cr_expect_float_eq(t.sram[0].c[SE_SRAM_CELL].band.value, 146 * 0.045 * 0.045, 1e-4);
    cr_expect_str_eq(t.sram[0].c[SE_SRAM_CELL].name, "cell");
    cr_expect_str_eq(t.c[SE_TECH_GATE_AREA].unit, "um2/GE");
    cr_expect_float_eq(t.c[SE_TECH_GATE_AREA].band.value, 0.798, 1e-9);
    cr_expect(*t.c[SE_TECH_DRAM_ENERGY].source && *t.note);
}

// A sed script that spoils one file, and what the sentence must name.
Test(tech, refusals) {
    static const struct {
        const char *file, *script, *word, *other;
    } CASES[] = {
        {"22nm.yaml", "s/^note:/nota:/", "22nm.yaml: unexpected key 'nota' (near line 2)", ""},
        {"22nm.yaml", "/^note:/d", "22nm.yaml: note is missing", ""},
        {"22nm.yaml", "s/^node_nm: 22/node_nm: nan/", "node_nm is 'nan'", "(line 1)"},
        {"22nm.yaml", "s/^node_nm: 22/node_nm: 23/", "22nm.yaml: node_nm is not", "(line 2)"},
        {"22nm.yaml", "s/^sram: 22nm/sram: 23nm/", "sram/23nm.yaml", "No such file"},
        {"22nm.yaml", "s/name: gate_area/name: gate_aera/", "constant gate_aera", "not known"},
        {"22nm.yaml", "s/name: utilisation/name: gate_area/", "constant gate_area", "twice"},
        {"22nm.yaml", "/name: utilisation/d", "constant utilisation", "missing"},
        {"22nm.yaml", "s|um2/GE|mm2/GE|", "constant gate_area: unit is 'mm2/GE'", "not um2/GE"},
        {"22nm.yaml", "s/value: 0.18/value: 0.5/", "constant gate_area: value", "between"},
        {"22nm.yaml", "s/low: 0.15, high: 0.27/low: -1, high: 0.27/", "gate_area", "between"},
        {"22nm.yaml", "s/value: 0.18, low: 0.15/value: 0, low: 0/", "gate_area", "not above 0"},
        {"sram/22nm.yaml", "s/cell, value: [0-9.]*, low: [0-9.]*/cell, value: 0, low: 0/",
         "constant cell", "not above 0"},
        {"sram/22nm.yaml", "s/device: lstp/device: hp/", "models", "twice of one device"},
        {"22nm.yaml", "s/utilisation, value: 0.7, low: 0.6/utilisation, value: 0, low: 0/",
         "constant utilisation", "not above 0 and at most 1"},
        {"22nm.yaml",
         "s/utilisation, value: 0.7, low: 0.6, high: 0.8/utilisation, value: 7, low: 6, high: 8/",
         "constant utilisation", "at most 1"},
        {"22nm.yaml", "s/value: 0.18/value: nan/", "gate_area: value is 'nan'", "finite number"},
        {"22nm.yaml", "s/value: 0.18/value: 1e999/", "gate_area: value is '1e999'", "finite"},
        {"22nm.yaml", "s/value: 0.18/value: .inf/", "gate_area: value is '.inf'", "finite"},
        {"22nm.yaml", "s/value: 0.18, /size: 1, /", "22nm.yaml: unexpected key 'size'", ""},
        {"sram/22nm.yaml", "s/device: hp/device: fast/", "sram/22nm.yaml", "'fast'"},
        {"sram/22nm.yaml", "s/device: hp/device: typical/", "sram/22nm.yaml", "neither"},
        {"sram/22nm.yaml", "s|unit: ns/mm|unit: ps/mm|", "device hp: constant access_edge",
         "ps/mm"},
        {"sram/organisation.yaml", "/delay_bank/d", "organisation.yaml", "delay_bank"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char line[300];
        struct se_tech t;
        struct se_error err = {""};
        snprintf(line, sizeof line, "cp tech/%s kept && sed -i '%s' tech/%s", CASES[i].file,
                 CASES[i].script, CASES[i].file);
        cr_assert_eq(system(line), 0);
        cr_expect(se_tech_load("tech", "22nm", &t, &err), "%s is accepted", CASES[i].script);
        cr_expect(strstr(err.message, CASES[i].word) && strstr(err.message, CASES[i].other),
                  "%s: %s", CASES[i].script, err.message);
        snprintf(line, sizeof line, "cp kept tech/%s", CASES[i].file);
        cr_assert_eq(system(line), 0);
    }
}

Test(tech, a_name_without_a_file) {
    static const char *const NAMES[] = {"28nm", "../tech/22nm", "",
                                        "a-name-of-more-than-forty-letters-"
                                        "which-no-profile-has"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct se_tech t;
        struct se_error err = {""};
        cr_expect_eq(se_tech_load("tech", NAMES[i], &t, &err), SE_INVALID);
        cr_expect(strstr(err.message, "130nm 180nm 22nm 32nm 45nm 7nm"), "%s", err.message);
    }
}
