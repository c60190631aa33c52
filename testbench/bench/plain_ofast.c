// SPDX-License-Identifier: Apache-2.0
#define PLAIN_SCAN plain_scan_ofast
#include "plain.inc"
