// SPDX-License-Identifier: Apache-2.0
// The registers of w4a5se_top, byte addresses.
// Written by scripts/generate_registers from rtl/top/registers.txt.
#pragma once

enum se_register {
    SE_REG_ID = 0x00,
    SE_REG_VERSION = 0x04,
    SE_REG_BUILD = 0x08,
    SE_REG_CHANNELS = 0x0c,
    SE_REG_CONTROL = 0x10,
    SE_REG_STATUS = 0x14,
    SE_REG_ERRORS = 0x18,
    SE_REG_FLAGS = 0x1c,
    SE_REG_D_INNER = 0x20,
    SE_REG_GATE = 0x24,
    SE_REG_BASE1 = 0x28,
    SE_REG_BASE2 = 0x2c,
    SE_REG_S_WX = 0x30,
    SE_REG_THR_POS = 0x34,
    SE_REG_THR_NEG = 0x38,
    SE_REG_INV_S1 = 0x3c,
    SE_REG_INV_S2 = 0x40,
    SE_REG_X_PROJ_INV_S = 0x44,
    SE_REG_S1 = 0x48,
    SE_REG_S2 = 0x4c,
    SE_REG_S_DT = 0x50,
    SE_REG_S_B = 0x54,
    SE_REG_S_C = 0x58,
    SE_REG_S_Z = 0x5c,
    SE_REG_S_H = 0x60,
    SE_REG_INV_S_H = 0x64,
    SE_REG_CYCLES_LOW = 0x80,
    SE_REG_CYCLES_HIGH = 0x84,
    SE_REG_UPDATES_LOW = 0x88,
    SE_REG_UPDATES_HIGH = 0x8c,
    SE_REG_STALLS_LOW = 0x90,
    SE_REG_STALLS_HIGH = 0x94,
};

// Windows of 1 MB.
enum se_register_window {
    SE_REG_TABLE_CONV = 0x100000,
    SE_REG_TABLE_SKIP = 0x200000,
    SE_REG_TABLE_DT_BIAS = 0x300000,
    SE_REG_TABLE_A = 0x400000,
    SE_REG_TABLE_STATE = 0x500000,
};

#define SE_REG_ID_VALUE UINT32_C(0x57344135)
