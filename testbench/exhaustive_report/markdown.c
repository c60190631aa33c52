// SPDX-License-Identifier: Apache-2.0
#include "findings.h"

#include "w4a5se/fp32.h"
#include "w4a5se/report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static double percent(uint64_t part, uint64_t whole) {
    return 100 * (double)part / (double)whole;
}

static const char *share_run(const struct tally *t, char text[static 64]) {
    if (t->shards == 0) {
        return "not run";
    }
    if (t->shards == SHARDS) {
        return "all 2^32 inputs";
    }
    snprintf(text, 64, "%u of %d shards of 2^24 inputs", t->shards, SHARDS);
    return text;
}

static const char *date_of(time_t when, char text[static 32]) {
    strftime(text, 32, "%Y-%m-%d %H:%M UTC", gmtime(&when));
    return text;
}

static double value_of(uint32_t bits) {
    float x = se_f32_from_bits(bits);
    return isnan(x) ? NAN : (double)x;
}

static void write_worst(const struct worst *w, FILE *to) {
    fprintf(to, "%08" PRIX32 " (%.9g)", w->input, value_of(w->input));
}

static void write_real(const struct findings *findings, FILE *to) {
    fputs("## Real functions in C\n\n"
          "| function | run | numbers | most ulps | promised | correctly rounded | out of order | "
          "subnormal results | of these not correctly rounded | NaN, infinities, outside | wrong | "
          "batch differs | near ties |\n"
          "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
          to);
    for (size_t i = 0; i < findings->n; i++) {
        const struct function *f = findings->of[i].f;
        const struct tally *t = &findings->of[i].c;
        const uint64_t *n = t->sum.count;
        char text[64];
        if (f->conversion) {
            continue;
        }
        fprintf(to, "| %s | %s |", f->name, share_run(t, text));
        if (t->shards == 0) {
            fputs(" | | | | | | | | | | |\n", to);
            continue;
        }
        uint64_t numbers = n[INPUTS] - n[SPECIAL];
        fprintf(to,
                " %" PRIu64 " | **%.6f**%s | %.3f | %.5f %% | %" PRIu64 " | %" PRIu64 " | %" PRIu64
                " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n",
                numbers, t->sum.ulps[f->promised].value, f->promised ? " (1)" : "", f->most_ulps,
                percent(n[CORRECT], numbers), n[FALLS], n[SUBNORMAL], n[SUBNORMAL_WRONG],
                n[SPECIAL], n[SPECIAL_WRONG], n[BATCH_DIFFERS], n[BY_MPFR]);
    }
    for (size_t i = 0; i < findings->n; i++) {
        const struct function *f = findings->of[i].f;
        if (f->promised) {
            fprintf(to, "\n(1) %s.\n", f->region[f->promised].name);
        }
    }
    fputs("\nAn ulp is that of the exact value, 2^-149 at least. Out of order: neighbouring inputs "
          "whose results fall where\nthe function rises (SiLU: from its minimum up). Near ties: "
          "decided by MPFR.\n\n",
          to);
}

static void write_regions(const struct findings *findings, FILE *to) {
    fputs("## Worst inputs\n\n"
          "| function | inputs | most ulps | at | largest relative error | at |\n"
          "|---|---|---:|---|---:|---|\n",
          to);
    for (size_t i = 0; i < findings->n; i++) {
        const struct function *f = findings->of[i].f;
        const struct result *sum = &findings->of[i].c.sum;
        for (size_t k = 0; k < f->regions && findings->of[i].c.shards; k++) {
            if (sum->ulps[k].value == 0) {
                fprintf(to, "| %s | %s | no error in the shards run | | | |\n", f->name,
                        f->region[k].name);
                continue;
            }
            fprintf(to, "| %s | %s | %.6f | ", f->name, f->region[k].name, sum->ulps[k].value);
            write_worst(&sum->ulps[k], to);
            fprintf(to, " | %.4g = 2^%.2f | ", sum->relative[k].value,
                    log2(sum->relative[k].value));
            write_worst(&sum->relative[k], to);
            fputs(" |\n", to);
        }
    }
    fputs(
        "\nRelative errors are those of exact values from 2^-126 up, unless subnormal results are "
        "named.\n\n",
        to);
}

static void write_conversions(const struct findings *findings, FILE *to) {
    fputs("## Conversions in C\n\n"
          "Result and flags against integer arithmetic written for the tests.\n\n"
          "| function | run | inputs | differences | out of order | batch differs |\n"
          "|---|---|---:|---:|---:|---:|\n",
          to);
    for (size_t i = 0; i < findings->n; i++) {
        const struct tally *t = &findings->of[i].c;
        const uint64_t *n = t->sum.count;
        char text[64];
        if (findings->of[i].f->conversion) {
            fprintf(to, "| %s | %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n",
                    findings->of[i].f->name, share_run(t, text), n[INPUTS], n[DIFFERENCES],
                    n[FALLS], n[BATCH_DIFFERS]);
        }
    }
    fputs("\n", to);
}

static void write_rtl(const struct findings *findings, FILE *to) {
    fputs("## RTL against C\n\n"
          "Result and flags, bit for bit.\n\n"
          "| function | block | run | inputs | differences | first at |\n"
          "|---|---|---|---:|---:|---|\n",
          to);
    for (size_t i = 0; i < findings->n; i++) {
        const struct tally *t = &findings->of[i].rtl;
        const uint64_t *n = t->sum.count;
        char text[64];
        fprintf(to, "| %s | `%s` | %s | %" PRIu64 " | %" PRIu64 " | ", findings->of[i].f->name,
                findings->of[i].f->block, share_run(t, text), n[INPUTS], n[DIFFERENCES]);
        if (n[DIFFERENCES]) {
            fprintf(to, "%08" PRIX32, t->sum.first_difference);
        }
        fputs(" |\n", to);
    }
    fputs("\n", to);
}

static void write_specials(const struct findings *findings, FILE *to) {
    fputs("## Special values\n\n"
          "| function | input | | expected | got |\n|---|---|---:|---|---|\n",
          to);
    for (size_t i = 0; i < findings->n; i++) {
        const struct function *f = findings->of[i].f;
        for (size_t k = 0; k < f->specials; k++) {
            int digits = strcmp(f->name, "to_f16") ? 8 : 4;
            uint32_t input = f->special[k].input, got = findings->of[i].special[k];
            fprintf(to, "| %s | %08" PRIX32 " | %.9g | %0*" PRIX32 " | %0*" PRIX32 "%s |\n",
                    f->name, input, value_of(input), digits, f->special[k].expected, digits, got,
                    got == f->special[k].expected ? "" : " **differs**");
        }
    }
    fputs("\n", to);
}

static void write_run(const char *name, const char *side, const struct tally *t, FILE *to) {
    char first[32], last[32];
    for (unsigned k = 0; k < t->runs && t->shards; k++) {
        fprintf(to, "| %s | %s | %s to %s | %s |\n", name, side, date_of(t->first, first),
                date_of(t->last, last), t->run[k]);
    }
}

static void write_runs(const struct findings *findings, FILE *to) {
    fputs("## What it was run with\n\n"
          "| function | side | shards finished | processor and tools |\n|---|---|---|---|\n",
          to);
    for (size_t i = 0; i < findings->n; i++) {
        write_run(findings->of[i].f->name, "C", &findings->of[i].c, to);
        write_run(findings->of[i].f->name, "RTL", &findings->of[i].rtl, to);
    }
}

void findings_write_markdown(const void *data, FILE *to) {
    const struct findings *findings = data;
    fprintf(to,
            "# Accuracy over every input\n\n"
            "Written by `make exhaustive` (%s) from the shards finished with the sources as they "
            "are.\n\n",
            se_origin_now().date);
    write_real(findings, to);
    write_regions(findings, to);
    write_conversions(findings, to);
    write_rtl(findings, to);
    write_specials(findings, to);
    write_runs(findings, to);
}
