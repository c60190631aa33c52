// SPDX-License-Identifier: Apache-2.0
// Unpacks 32-bit words into the WIDTH-bit codes that code_pack put there: packets of length_i codes,
// each beginning on a word boundary (docs/numerics.md, "Codes"). One code a cycle.
//
// length_i is 1 or more and must hold still while a packet is in flight. last_o marks a packet's
// last code.
`default_nettype none

module code_unpack #(
    parameter WIDTH = 5
) (
    input wire clk_i,
    input wire rst_ni,

    input wire [31:0] length_i,

    input  wire        valid_i,
    output wire        ready_o,
    input  wire [31:0] word_i,

    output wire             valid_o,
    input  wire             ready_i,
    output wire [WIDTH-1:0] code_o,
    output wire             last_o
);

  if (WIDTH < 4 || WIDTH > 9) begin : g_unsupported
    WIDTH_must_be_4_to_9 unsupported_configuration ();
  end

  // Bits not yet sent, the oldest lowest: less than a code before a word enters.
  localparam HELD_WIDTH = 32 + WIDTH - 1;

  logic [HELD_WIDTH-1:0] held_q;
  logic [5:0] count_q;
  logic [31:0] sent_q;  // codes of this packet that have left

  assign valid_o = count_q >= WIDTH[5:0];
  assign code_o  = held_q[WIDTH-1:0];
  assign last_o  = sent_q == length_i - 32'd1;
  wire code_sent = valid_o & ready_i;
  wire packet_sent = code_sent & last_o;

  // What a packet's last code leaves of its word is padding.
  wire [HELD_WIDTH-1:0] held_after_code =
      packet_sent ? {HELD_WIDTH{1'b0}} : code_sent ? held_q >> WIDTH : held_q;
  wire [5:0] count_after_code = packet_sent ? 6'd0 : code_sent ? count_q - WIDTH[5:0] : count_q;

  // A word enters in the cycle in which the held bits run out, so that codes leave without a gap.
  assign ready_o = count_after_code < WIDTH[5:0];
  wire word_taken = valid_i & ready_o;
  wire [HELD_WIDTH-1:0] word_aligned = {{HELD_WIDTH - 32{1'b0}}, word_i} << count_after_code;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q <= {HELD_WIDTH{1'b0}};
      count_q <= 6'd0;
      sent_q <= 32'd0;
    end else begin
      held_q <= held_after_code | (word_taken ? word_aligned : {HELD_WIDTH{1'b0}});
      count_q <= count_after_code + (word_taken ? 6'd32 : 6'd0);
      sent_q <= packet_sent ? 32'd0 : code_sent ? sent_q + 32'd1 : sent_q;
    end
  end

endmodule

`default_nettype wire
