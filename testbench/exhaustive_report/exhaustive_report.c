// SPDX-License-Identifier: Apache-2.0
// exhaustive-report FOLDER REPORTS: writes REPORTS/accuracy.md and .json from the finished shards.
// Exit status 1 when something promised does not hold.
#include "findings.h"

#include "w4a5se/report.h"

static unsigned print_findings(const struct findings *findings) {
    unsigned broken = 0, complete = 0;
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->of[i];
        printf("%-8s C %3u, RTL %3u of %d shards%s\n", finding->f->name, finding->c.shards,
               finding->rtl.shards, SHARDS, finding->broken ? ": a promise is broken" : "");
        broken += finding->broken;
        complete += !finding->broken && finding->c.shards + finding->rtl.shards == 2 * SHARDS;
    }
    printf("exhaustive: %u passed, %u failed, %zu not complete\n", complete, broken,
           findings->n - complete - broken);
    return broken;
}

int main(int argc, char **argv) {
    static struct findings findings;
    struct se_error err;
    if (argc != 3) {
        fprintf(stderr, "usage: %s FOLDER REPORTS\n", argv[0]);
        return 2;
    }
    enum se_status status = findings_read(argv[1], &findings, &err);
    if (status == SE_OK) {
        status = se_report_json(argv[2], "accuracy.json", findings_json(&findings), &err);
    }
    if (status == SE_OK) {
        status = se_report_text(argv[2], "accuracy.md", findings_write_markdown, &findings, &err);
    }
    if (status != SE_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    return print_findings(&findings) != 0;
}
