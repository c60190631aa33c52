// SPDX-License-Identifier: Apache-2.0
#include "report.h"

static const char *const colours[] = {"#d9480f", "#f2b705", "#1f6feb", "#2b8a3e", "#862e9c"};

static void put_layers(const struct se_system_report *r, FILE *to) {
    fputs("$layers << EOD\n", to);
    for (int i = 0; i <= r->result->layers; i++) {
        const struct se_layer_use *use = &r->result->use[i];
        double joules[SE_PARTS];
        se_system_energy(r->system, use, r->energy, SE_TYPICAL, joules);
        fprintf(to, "%d", i);
        for (int p = 0; p < SE_PARTS; p++) {
            fprintf(to, " %g %g", use->busy_ns[p] / 1e6, 1e3 * joules[p]);
        }
        fprintf(to, " %g\n", use->time_ns / 1e6);
    }
    fputs("EOD\n", to);
}

// Column 2 + 2 p is a part's time, the next its energy.
static void put_stack(const char *title, const char *unit, int offset, FILE *to) {
    fprintf(to,
            "set title '%s'\nset ylabel '%s'\nset xlabel 'layer; the last is the head'\n"
            "set style data histograms\nset style histogram rowstacked\nset boxwidth 0.8\n"
            "set key outside top right\nset xtics 8\nplot ",
            title, unit);
    for (int p = 0; p < SE_PARTS; p++) {
        fprintf(to, "$layers using %d title '%s' lc rgb '%s', ", 2 + 2 * p + offset,
                se_part_names[p], colours[p]);
    }
    if (offset == 0) {
        fprintf(to, "$layers using 0:%d with points pt 7 ps 0.3 lc rgb 'black' title 'elapsed'",
                2 + 2 * SE_PARTS);
    }
    fputs("\n", to);
}

static void put_roofline(const struct se_system_report *r, FILE *to) {
    const struct se_layer_use total = se_system_total(r->result);
    const double gb_per_s = (double)r->system->dram_gb_per_s;
    const double peak =
        r->system->gemm_macs[r->system->weights] * (double)r->system->clock_mhz / 1000;
    fputs("$roof << EOD\n", to);
    for (int i = 0; i < SE_STAGES; i++) {
        const double operations = (double)system_stage_operations(r, (enum se_stage)i);
        if (operations > 0 && total.stage_ns[i] > 0 && total.stage_dram[i] > 0) {
            fprintf(to, "%g %g %s\n", operations / ((double)total.stage_dram[i] / 8),
                    operations / total.stage_ns[i], se_stage_names[i]);
        }
    }
    fputs("EOD\n", to);
    fprintf(to,
            "set title 'Roofline: stages that use DRAM'\nset logscale xy\nset key off\n"
            "set xlabel 'operations a byte of DRAM'\nset ylabel '10^9 operations a second'\n"
            "set xrange [0.1:100000]\nset yrange [*:*]\nset xtics auto\n"
            "plot (x * %g < %g ? x * %g : %g) with lines lw 2 lc rgb '#495057', "
            "$roof using 1:2 with points pt 7 lc rgb '#1f6feb', "
            "$roof using 1:2:3 with labels offset 0,1 noenhanced\nunset logscale\n",
            gb_per_s, peak, gb_per_s, peak);
}

static void put_gantt(const struct se_system_report *r, FILE *to) {
    double first = 1e300;
    for (int i = 0; i < r->result->bars; i++) {
        first = r->result->bar[i].start_ns < first ? r->result->bar[i].start_ns : first;
    }
    fputs("$bars << EOD\n", to);
    for (int i = 0; i < r->result->bars; i++) {
        const struct se_bar *bar = &r->result->bar[i];
        const double start = (bar->start_ns - first) / 1e3, end = (bar->end_ns - first) / 1e3;
        fprintf(to, "%g %d %g %g %d\n", start, (int)bar->stage, start, end,
                SE_STAGES - (int)bar->stage);
    }
    fputs("EOD\n", to);
    fprintf(to,
            "set title 'Layer %d, tile by tile'\nset xlabel 'us'\nunset ylabel\n"
            "set xrange [0:*]\nset yrange [0.4:%d.6]\nset ytics (",
            r->result->gantt_layer, SE_STAGES);
    for (int i = 0; i < SE_STAGE_HEAD; i++) {
        fprintf(to, "%s'%s' %d", i ? ", " : "", se_stage_names[i], SE_STAGES - i);
    }
    fputs(") noenhanced\nset style fill solid 0.6 border lc rgb 'white'\n"
          "plot $bars using 1:5:3:4:($5-0.35):($5+0.35) with boxxyerror lc rgb '#1f6feb'\n",
          to);
}

void system_report_plot(const void *report, FILE *to) {
    const struct se_system_report *r = report;
    put_layers(r, to);
    fputs("set terminal svg size 1280,860 background rgb 'white' font 'sans,12'\n"
          "set multiplot layout 2,2\nset border 3\nset tics nomirror out\nset style fill solid\n"
          "set yrange [0:*]\n",
          to);
    put_stack("Busy time", "ms", 0, to);
    put_stack("Energy", "mJ", 1, to);
    put_roofline(r, to);
    put_gantt(r, to);
    fputs("unset multiplot\n", to);
}
