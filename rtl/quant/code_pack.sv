// SPDX-License-Identifier: Apache-2.0
// Packs WIDTH-bit codes densely into 32-bit words, first code in the least significant bits
// (docs/numerics.md, "Codes"). One code a cycle, and a cycle more for a packet whose last code lies
// across two words.
//
// last_i marks the last code of a packet; its words end on the next 32-bit boundary, last_o marks
// the last of them and bytes_o says how many of its bytes are used (4 in the others).
`default_nettype none

module code_pack #(
    parameter WIDTH = 5
) (
    input wire clk_i,
    input wire rst_ni,

    input  wire             valid_i,
    output wire             ready_o,
    input  wire [WIDTH-1:0] code_i,
    input  wire             last_i,

    output wire        valid_o,
    input  wire        ready_i,
    output wire [31:0] word_o,
    output wire [ 2:0] bytes_o,
    output wire        last_o
);

  if (WIDTH < 4 || WIDTH > 9) begin : g_unsupported
    WIDTH_must_be_4_to_9 unsupported_configuration ();
  end

  // Bits waiting to leave, the oldest lowest: less than a word before a code, less than a word and a
  // code after it.
  localparam HELD_WIDTH = 32 + WIDTH - 1;

  logic [HELD_WIDTH-1:0] held_q;
  logic [5:0] count_q;
  logic closing_q;  // the packet's last code is in: send what is held, to the last bit

  wire word_full = count_q >= 6'd32;
  wire word_sent = valid_o & ready_i;
  assign valid_o = word_full | closing_q;
  assign word_o  = held_q[31:0];
  assign last_o  = closing_q & (count_q <= 6'd32);
  assign bytes_o = word_full ? 3'd4 : count_q[5:3] + {2'b00, |count_q[2:0]};

  // A code enters once the word that is full, or the packet that is closing, has left.
  wire closed = word_sent & last_o;
  assign ready_o = closing_q ? closed : (~word_full | word_sent);
  wire code_taken = valid_i & ready_o;

  wire [HELD_WIDTH-1:0] held_after_word = word_sent ? {32'd0, held_q[HELD_WIDTH-1:32]} : held_q;
  wire [5:0] count_after_word = !word_sent ? count_q : word_full ? count_q - 6'd32 : 6'd0;
  wire [HELD_WIDTH-1:0] code_aligned = {{HELD_WIDTH - WIDTH{1'b0}}, code_i} << count_after_word;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q <= {HELD_WIDTH{1'b0}};
      count_q <= 6'd0;
      closing_q <= 1'b0;
    end else begin
      held_q <= held_after_word | (code_taken ? code_aligned : {HELD_WIDTH{1'b0}});
      count_q <= count_after_word + (code_taken ? WIDTH[5:0] : 6'd0);
      closing_q <= code_taken ? last_i : closing_q & ~closed;
    end
  end

endmodule

`default_nettype wire
