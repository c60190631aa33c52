// SPDX-License-Identifier: Apache-2.0
// Whether value_i obeys a rule of registers_pkg. Combinational.
`default_nettype none

module register_rule #(
    parameter CODE_BITS = 4,
    parameter D_INNER_MAX = 2048
) (
    input  wire [ 2:0] rule_i,
    input  wire [31:0] value_i,
    output wire        legal_o
);

  localparam [31:0] CHANNELS_MAX = D_INNER_MAX;

  wire finite = ~(&value_i[30:23]);
  wire scale = finite & ~value_i[31] & (|value_i[30:0]);
  wire base = (&value_i[31:CODE_BITS]) | ~(|value_i[31:CODE_BITS]);
  wire channels = (|value_i) & (value_i <= CHANNELS_MAX);
  wire nan = fp32_pkg::is_nan(value_i);
  wire any = rule_i == registers_pkg::RULE_ANY;

  assign legal_o = any |
                   ((rule_i == registers_pkg::RULE_SCALE) & scale) |
                   ((rule_i == registers_pkg::RULE_THRESHOLD) & ~nan) |
                   ((rule_i == registers_pkg::RULE_BASE) & base) |
                   ((rule_i == registers_pkg::RULE_CHANNELS) & channels) |
                   ((rule_i == registers_pkg::RULE_BIT) & ~(|value_i[31:1]));

endmodule

`default_nettype wire
