// SPDX-License-Identifier: Apache-2.0
// sum_o = a_i * b_i + addend_i, unsigned: the multiplier of the FP32 units. Combinational.
//
// Radix-4 Booth: 12 digits of -2..2 and the top bit of b_i make 13 rows instead of 24; carry-save
// adders bring them down to two. The addend may be late: it joins at the fourth level of six.
// +define+BEHAVIOURAL_MULTIPLIER puts a plain product here, which simulates twice as fast. Synthesis,
// Icarus and the models fp32_mul_booth and fp32_fma_booth take the tree.
`default_nettype none

module multiply_add_24 (
    input  wire [23:0] a_i,
    input  wire [23:0] b_i,
    input  wire [47:0] addend_i,
    output wire [48:0] sum_o
);

`ifdef BEHAVIOURAL_MULTIPLIER

  assign sum_o = {25'd0, a_i} * {25'd0, b_i} + {1'b0, addend_i};

`else

  localparam WIDTH = 49;

  // One bit more than a_i, for twice its value.
  function automatic [24:0] booth_multiple(input [23:0] factor, input [2:0] digit);
    reg one;
    reg two;
    begin
      one = digit[1] ^ digit[0];
      two = (digit[2] ^ digit[1]) & ~one;
      booth_multiple = (({25{one}} & {1'b0, factor}) | ({25{two}} & {factor, 1'b0})) ^
                       {25{digit[2]}};
    end
  endfunction

  // Row i is (multiple + s) * 4^i, where a negative digit's multiple is inverted and its s is 1; the
  // s stands below the next row. As a sign, s also stands for -s * 2^25, which is ~s - 1 there: the
  // -1s of all rows sum to a one at 2^25 and at each 2^(26 + 2i), modulo 2^49.
  wire [24:0] multiple_0 = booth_multiple(a_i, {b_i[1:0], 1'b0});
  wire [24:0] multiple_1 = booth_multiple(a_i, b_i[3:1]);
  wire [24:0] multiple_2 = booth_multiple(a_i, b_i[5:3]);
  wire [24:0] multiple_3 = booth_multiple(a_i, b_i[7:5]);
  wire [24:0] multiple_4 = booth_multiple(a_i, b_i[9:7]);
  wire [24:0] multiple_5 = booth_multiple(a_i, b_i[11:9]);
  wire [24:0] multiple_6 = booth_multiple(a_i, b_i[13:11]);
  wire [24:0] multiple_7 = booth_multiple(a_i, b_i[15:13]);
  wire [24:0] multiple_8 = booth_multiple(a_i, b_i[17:15]);
  wire [24:0] multiple_9 = booth_multiple(a_i, b_i[19:17]);
  wire [24:0] multiple_10 = booth_multiple(a_i, b_i[21:19]);
  wire [24:0] multiple_11 = booth_multiple(a_i, b_i[23:21]);

  wire [WIDTH-1:0] row_0 = {21'd0, ~b_i[1], b_i[1], b_i[1], multiple_0};
  wire [WIDTH-1:0] row_1 = {20'd0, 1'b1, ~b_i[3], multiple_1, 1'b0, b_i[1]};
  wire [WIDTH-1:0] row_2 = {18'd0, 1'b1, ~b_i[5], multiple_2, 1'b0, b_i[3], 2'd0};
  wire [WIDTH-1:0] row_3 = {16'd0, 1'b1, ~b_i[7], multiple_3, 1'b0, b_i[5], 4'd0};
  wire [WIDTH-1:0] row_4 = {14'd0, 1'b1, ~b_i[9], multiple_4, 1'b0, b_i[7], 6'd0};
  wire [WIDTH-1:0] row_5 = {12'd0, 1'b1, ~b_i[11], multiple_5, 1'b0, b_i[9], 8'd0};
  wire [WIDTH-1:0] row_6 = {10'd0, 1'b1, ~b_i[13], multiple_6, 1'b0, b_i[11], 10'd0};
  wire [WIDTH-1:0] row_7 = {8'd0, 1'b1, ~b_i[15], multiple_7, 1'b0, b_i[13], 12'd0};
  wire [WIDTH-1:0] row_8 = {6'd0, 1'b1, ~b_i[17], multiple_8, 1'b0, b_i[15], 14'd0};
  wire [WIDTH-1:0] row_9 = {4'd0, 1'b1, ~b_i[19], multiple_9, 1'b0, b_i[17], 16'd0};
  wire [WIDTH-1:0] row_10 = {2'd0, 1'b1, ~b_i[21], multiple_10, 1'b0, b_i[19], 18'd0};
  wire [WIDTH-1:0] row_11 = {1'b1, ~b_i[23], multiple_11, 1'b0, b_i[21], 20'd0};
  wire [WIDTH-1:0] row_12 = {1'b0, {24{b_i[23]}} & a_i, 1'b0, b_i[23], 22'd0};

  // 13 rows.
  wire [WIDTH-1:0] sum_0;
  wire [WIDTH-1:0] carry_0;
  csa #(
      .WIDTH(WIDTH)
  ) csa_0 (
      .a_i    (row_0),
      .b_i    (row_1),
      .c_i    (row_2),
      .sum_o  (sum_0),
      .carry_o(carry_0)
  );
  wire [WIDTH-1:0] sum_1;
  wire [WIDTH-1:0] carry_1;
  csa #(
      .WIDTH(WIDTH)
  ) csa_1 (
      .a_i    (row_3),
      .b_i    (row_4),
      .c_i    (row_5),
      .sum_o  (sum_1),
      .carry_o(carry_1)
  );
  wire [WIDTH-1:0] sum_2;
  wire [WIDTH-1:0] carry_2;
  csa #(
      .WIDTH(WIDTH)
  ) csa_2 (
      .a_i    (row_6),
      .b_i    (row_7),
      .c_i    (row_8),
      .sum_o  (sum_2),
      .carry_o(carry_2)
  );
  wire [WIDTH-1:0] sum_3;
  wire [WIDTH-1:0] carry_3;
  csa #(
      .WIDTH(WIDTH)
  ) csa_3 (
      .a_i    (row_9),
      .b_i    (row_10),
      .c_i    (row_11),
      .sum_o  (sum_3),
      .carry_o(carry_3)
  );

  // 9 rows.
  wire [WIDTH-1:0] sum_4;
  wire [WIDTH-1:0] carry_4;
  csa #(
      .WIDTH(WIDTH)
  ) csa_4 (
      .a_i    (sum_0),
      .b_i    (carry_0),
      .c_i    (sum_1),
      .sum_o  (sum_4),
      .carry_o(carry_4)
  );
  wire [WIDTH-1:0] sum_5;
  wire [WIDTH-1:0] carry_5;
  csa #(
      .WIDTH(WIDTH)
  ) csa_5 (
      .a_i    (carry_1),
      .b_i    (sum_2),
      .c_i    (carry_2),
      .sum_o  (sum_5),
      .carry_o(carry_5)
  );
  wire [WIDTH-1:0] sum_6;
  wire [WIDTH-1:0] carry_6;
  csa #(
      .WIDTH(WIDTH)
  ) csa_6 (
      .a_i    (sum_3),
      .b_i    (carry_3),
      .c_i    (row_12),
      .sum_o  (sum_6),
      .carry_o(carry_6)
  );

  // 6 rows.
  wire [WIDTH-1:0] sum_7;
  wire [WIDTH-1:0] carry_7;
  csa #(
      .WIDTH(WIDTH)
  ) csa_7 (
      .a_i    (sum_4),
      .b_i    (carry_4),
      .c_i    (sum_5),
      .sum_o  (sum_7),
      .carry_o(carry_7)
  );
  wire [WIDTH-1:0] sum_8;
  wire [WIDTH-1:0] carry_8;
  csa #(
      .WIDTH(WIDTH)
  ) csa_8 (
      .a_i    (carry_5),
      .b_i    (sum_6),
      .c_i    (carry_6),
      .sum_o  (sum_8),
      .carry_o(carry_8)
  );

  // 5 rows.
  wire [WIDTH-1:0] sum_9;
  wire [WIDTH-1:0] carry_9;
  csa #(
      .WIDTH(WIDTH)
  ) csa_9 (
      .a_i    ({1'b0, addend_i}),
      .b_i    (sum_7),
      .c_i    (carry_7),
      .sum_o  (sum_9),
      .carry_o(carry_9)
  );

  // 4 rows.
  wire [WIDTH-1:0] sum_10;
  wire [WIDTH-1:0] carry_10;
  csa #(
      .WIDTH(WIDTH)
  ) csa_10 (
      .a_i    (sum_9),
      .b_i    (carry_9),
      .c_i    (sum_8),
      .sum_o  (sum_10),
      .carry_o(carry_10)
  );

  // 3 rows.
  wire [WIDTH-1:0] sum_11;
  wire [WIDTH-1:0] carry_11;
  csa #(
      .WIDTH(WIDTH)
  ) csa_11 (
      .a_i    (sum_10),
      .b_i    (carry_10),
      .c_i    (carry_8),
      .sum_o  (sum_11),
      .carry_o(carry_11)
  );

  fast_adder #(
      .WIDTH(WIDTH),
      .BLOCK(8)
  ) adder (
      .a_i    (sum_11),
      .b_i    (carry_11),
      .carry_i(1'b0),
      .sum_o  (sum_o)
  );

`endif

endmodule

`default_nettype wire
