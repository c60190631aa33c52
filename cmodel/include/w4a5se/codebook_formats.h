// SPDX-License-Identifier: Apache-2.0
// Published number formats of 4 to 6 bits as codebooks, to compare with W4A5-SE: their levels, and
// the scale that fits samples best.
//
// Levels are integers, in units of a format's smallest magnitude above 0, so that an integer
// multiplier can take them.
#pragma once

#include "w4a5se/codebook.h"

enum se_magnitudes {
    // 0, 1, 2, ...
    SE_MAGNITUDES_INT,
    // Exponent and mantissa, subnormals, no infinities. Source: OCP Microscaling Formats (MX) 1.0,
    // whose E2M1 is 0, 1/2, 1, 3/2, 2, 3, 4, 6.
    SE_MAGNITUDES_FLOAT,
    // The first one tells exponent from mantissa: of B bits the integers below 2^(B-1), then powers
    // of two with ever fewer mantissa bits up to 2^(2B-2). Source: ANT (Guo et al., MICRO 2022).
    SE_MAGNITUDES_FLINT,
    // Sums of a power of two, or 0, from each of two or three sets. Source: APoT (Li et al., ICLR
    // 2020) and, for odd B, its authors' code.
    SE_MAGNITUDES_APOT,
};

enum se_sides {
    SE_SIDES_SIGNED, // a sign bit; two's complement for INT
    SE_SIDES_SKEWED, // a sign bit; negative magnitudes are 2^-k of the positive ones
    SE_SIDES_OFFSET, // no sign bit: magnitude - z
};

// What calibration may choose: k up to here, and z up to the largest magnitude.
enum { SE_SKEW_MAX = 7 };

struct se_codebook_format {
    const char *name;
    enum se_magnitudes magnitudes;
    enum se_sides sides;
    int bits;          // of a code: 4..6 (APoT 4, 5), 3 the fewest a magnitude has
    int exponent_bits; // SE_MAGNITUDES_FLOAT, 1..4
};

extern const struct se_codebook_format se_codebook_formats[]; // the last has no name

// levels[SE_CODEBOOK_MAX] ascending and distinct, returned their number; `shift` is k or z.
size_t se_codebook_format_levels(const struct se_codebook_format *format, int shift, float *levels);

// The scale, and k or z, of the least squared error over the samples: for each k or z a grid of
// scales downwards from the one that covers the samples, the best refined. SE_INVALID when no scale
// is legal.
enum se_status se_codebook_calibrate(const struct se_samples *samples,
                                     const struct se_codebook_format *format,
                                     struct se_codebook *codebook, struct se_error *err);
