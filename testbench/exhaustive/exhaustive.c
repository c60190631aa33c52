// SPDX-License-Identifier: Apache-2.0
// exhaustive-test FUNCTION FOLDER [JOBS]: every binary32 input of exp, or every one in [0, 1] of
// log1p: distance from the exact value in ulps, correct rounding, order, and batch equal to scalar.
//
// The exact value is libm's in binary64. Its error, below one binary64 ulp, is 2^-28 of ours, so it
// decides everything but results within 2^-24 ulp of a tie: those go to MPFR. A sample of every
// shard is compared with MPFR too, and a libm further off than that ends the run.
//
// The inputs are 256 shards of 2^24. Each finished shard is a line of FOLDER/FUNCTION.txt, so a
// stopped run goes on where it was.
#include "w4a5se/fp32.h"

#include <inttypes.h>
#include <math.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SHARDS = 256, SHARD_LOG2 = 24, CHUNK = 4096, REFERENCE_SAMPLE = 65536 };

static const struct function {
    const char *name;
    float (*scalar)(float);
    void (*batch)(size_t, const float *, float *);
    double (*reference)(double);
    int (*exact)(mpfr_t, const mpfr_t, mpfr_rnd_t);
    uint32_t last; // the last shard that holds numbers of the domain begins at or below this input
} functions[] = {
    {"exp", se_f32_exp, se_f32_exp_n, exp, mpfr_exp, UINT32_MAX},
    {"log1p", se_f32_log1p, se_f32_log1p_n, log1p, mpfr_log1p, 0x3F800000},
};

struct result {
    uint64_t inputs, finite, correct, unordered, batch_differs, to_mpfr;
    double worst;
    uint32_t worst_input;
};

static double ulp_of(double exact) {
    int exponent;
    frexp(fabs(exact), &exponent);
    exponent = exponent - 24 > -149 ? exponent - 24 : -149;
    return ldexp(1, exponent < 104 ? exponent : 104);
}

static float correctly_rounded(const struct function *f, float x) {
    mpfr_t exact;
    mpfr_init2(exact, 200);
    mpfr_set_flt(exact, x, MPFR_RNDN);
    f->exact(exact, exact, MPFR_RNDN);
    mpfr_set_emin(-148);
    mpfr_set_emax(128);
    mpfr_t rounded;
    mpfr_init2(rounded, 24);
    int direction = mpfr_set(rounded, exact, MPFR_RNDN);
    mpfr_subnormalize(rounded, direction, MPFR_RNDN);
    float y = mpfr_get_flt(rounded, MPFR_RNDN);
    mpfr_clears(exact, rounded, (mpfr_ptr)NULL);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    return y;
}

static void check_reference(const struct function *f, float x, double reference) {
    mpfr_t exact;
    mpfr_init2(exact, 200);
    mpfr_set_flt(exact, x, MPFR_RNDN);
    f->exact(exact, exact, MPFR_RNDN);
    mpfr_sub_d(exact, exact, reference, MPFR_RNDN);
    double error = fabs(mpfr_get_d(exact, MPFR_RNDN));
    mpfr_clear(exact);
    if (error > fabs(reference) * 0x1p-52 && reference > 0x1p-1000) {
        fprintf(stderr, "libm's %s(%a) is further off than one binary64 ulp\n", f->name, (double)x);
        exit(1);
    }
}

static void check_value(const struct function *f, float x, float y, struct result *r) {
    double exact = f->reference(x);
    if (isinf(y) || isinf(exact)) { // beyond the largest number: right where rounding goes there
        r->correct += y == (exact < 0x1.ffffffp127 ? 0x1.fffffep127f : INFINITY);
        r->finite++;
        if (isinf(y) != !(exact < 0x1.ffffffp127)) {
            r->worst = INFINITY, r->worst_input = se_f32_bits(x);
        }
        return;
    }
    double error = fabs((double)y - exact) / ulp_of(exact);
    bool correct = error <= 0.5;
    if (fabs(error - 0.5) < 0x1p-24) {
        correct = y == correctly_rounded(f, x);
        r->to_mpfr++;
    }
    r->finite++;
    r->correct += correct;
    if (error > r->worst) {
        r->worst = error;
        r->worst_input = se_f32_bits(x);
    }
}

static void check_chunk(const struct function *f, uint32_t first, float *before, struct result *r) {
    static float x[CHUNK], y[CHUNK];
    for (uint32_t i = 0; i < CHUNK; i++) {
        x[i] = se_f32_from_bits(first + i);
    }
    f->batch(CHUNK, x, y);
    for (uint32_t i = 0; i < CHUNK; i++) {
        uint32_t bits = first + i;
        if (f->last != UINT32_MAX && bits > f->last) {
            return;
        }
        r->inputs++;
        r->batch_differs += se_f32_bits(y[i]) != se_f32_bits(f->scalar(x[i]));
        if (isnan(x[i])) {
            r->worst = se_f32_bits(y[i]) == SE_F32_CANONICAL_NAN ? r->worst : INFINITY;
            continue;
        }
        // Bit patterns of negative numbers go down.
        bool falls = bits >> 31 ? y[i] > *before : y[i] < *before;
        r->unordered += falls && !isnan(*before);
        *before = y[i];
        if (isinf(x[i])) {
            r->worst = y[i] == (x[i] > 0 ? INFINITY : 0.0f) ? r->worst : INFINITY;
        } else {
            check_value(f, x[i], y[i], r);
        }
        if (bits % REFERENCE_SAMPLE == 12345) {
            check_reference(f, x[i], f->reference(x[i]));
        }
    }
}

static struct result check_shard(const struct function *f, uint32_t shard) {
    struct result r = {0};
    uint32_t first = shard << SHARD_LOG2;
    float before = NAN;
    if (first << 1) { // not a zero
        before = f->scalar(se_f32_from_bits(first - 1));
    }
    for (uint32_t at = 0; at < 1u << SHARD_LOG2; at += CHUNK) {
        check_chunk(f, first + at, &before, &r);
    }
    return r;
}

static const char *line_format = "%" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                                 " %" PRIu64 " %" PRIu64 " %.9f %08" PRIX32 "\n";

static void write_line(const char *path, uint32_t shard, const struct result *r) {
    FILE *out = fopen(path, "a");
    if (!out) {
        perror(path);
        exit(1);
    }
    setvbuf(out, NULL, _IOFBF, 4096); // one write, so that lines of two processes do not mix
    fprintf(out, line_format, shard, r->inputs, r->finite, r->correct, r->unordered,
            r->batch_differs, r->to_mpfr, r->worst, r->worst_input);
    fclose(out);
}

// Adds up what the file holds; done[] tells which shards. A cut-off last line is not counted.
static unsigned read_lines(const char *path, bool *done, struct result *sum) {
    unsigned n = 0;
    char line[256];
    FILE *in = fopen(path, "r");
    *sum = (struct result){0};
    while (in && fgets(line, sizeof line, in)) {
        uint32_t shard;
        struct result r;
        if (sscanf(line,
                   "%" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                   " %" SCNu64 " %lf %" SCNx32,
                   &shard, &r.inputs, &r.finite, &r.correct, &r.unordered, &r.batch_differs,
                   &r.to_mpfr, &r.worst, &r.worst_input) != 9 ||
            shard >= SHARDS || done[shard]) {
            continue;
        }
        done[shard] = true;
        n++;
        sum->inputs += r.inputs, sum->finite += r.finite, sum->correct += r.correct;
        sum->unordered += r.unordered, sum->batch_differs += r.batch_differs;
        sum->to_mpfr += r.to_mpfr;
        if (r.worst > sum->worst) {
            sum->worst = r.worst, sum->worst_input = r.worst_input;
        }
    }
    if (in) {
        fclose(in);
    }
    return n;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// One of `jobs` processes: every jobs-th of the shards that are left.
static void work(const struct function *f, const char *path, const bool *done, unsigned shards,
                 unsigned job, unsigned jobs) {
    unsigned left = 0, seen = 0, finished = 0;
    double start = now();
    for (uint32_t shard = 0; shard < shards; shard++) {
        left += !done[shard];
    }
    for (uint32_t shard = 0; shard < shards; shard++) {
        if (done[shard] || seen++ % jobs != job) {
            continue;
        }
        struct result r = check_shard(f, shard);
        write_line(path, shard, &r);
        finished++;
        if (job == 0) {
            double each = (now() - start) / finished;
            fprintf(stderr, "\r%s: %u of %u shards, %.0f s left ", f->name, finished * jobs, left,
                    each * (left / jobs - finished + 1));
        }
    }
}

int main(int argc, char **argv) {
    const struct function *f = NULL;
    for (size_t i = 0; argc > 2 && i < sizeof functions / sizeof *functions; i++) {
        f = strcmp(argv[1], functions[i].name) ? f : &functions[i];
    }
    if (!f) {
        fprintf(stderr, "usage: %s exp|log1p FOLDER [JOBS]\n", argv[0]);
        return 2;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.txt", argv[2], f->name);
    unsigned jobs = argc > 3 ? (unsigned)atoi(argv[3]) : 1;
    unsigned shards = (f->last >> SHARD_LOG2) + 1;
    bool done[SHARDS] = {false};
    struct result sum;
    read_lines(path, done, &sum);
    for (unsigned job = 0; job < jobs; job++) {
        if (fork() == 0) {
            work(f, path, done, shards, job, jobs);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    bool finished[SHARDS] = {false};
    unsigned n = read_lines(path, finished, &sum);
    printf("\n%s: %" PRIu64 " inputs, at most %.6f ulp (at %08" PRIX32
           "), %.5f %% correctly rounded "
           "(%" PRIu64 " close calls by MPFR), %" PRIu64 " out of order, batch differs from scalar "
           "%" PRIu64 " times\n",
           f->name, sum.inputs, sum.worst, sum.worst_input,
           100 * (double)sum.correct / (double)sum.finite, sum.to_mpfr, sum.unordered,
           sum.batch_differs);
    bool good = n == shards && sum.worst <= 0.51 && !sum.unordered && !sum.batch_differs;
    printf("%s: %u passed, %u failed\n", f->name, good ? n : 0, good ? 0 : shards);
    return !good;
}
