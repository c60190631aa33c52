// SPDX-License-Identifier: Apache-2.0
// Two banks of scales in memories, SCALE_WORDS words of FP32 each (1, 2 or 4), written word by word
// and read together: word w is bits 32 * w + 31 : 32 * w of scale_o. The first two words of a scale
// are scales, finite and positive; what follows are thresholds, anything but NaN. legal_o speaks of
// data_i at write_address_i. A scale comes one cycle after read_i and stays.
//
// SCALE_BITS 16, for one word, stores BF16, or FP16 with SCALE_FP16, and takes only what that holds
// exactly (FP16: as a normal number).
`default_nettype none

module scale_memory #(
    parameter  SCALES = 128,
    parameter  SCALE_WORDS = 1,
    parameter  SCALE_BITS = 32,
    parameter  SCALE_FP16 = 0,
    localparam INDEX_BITS = lookup_pkg::index_bits(SCALES),
    localparam ADDRESS_BITS = lookup_pkg::index_bits(SCALES * SCALE_WORDS)
) (
    input wire clk_i,
    input wire bank_i,

    input  wire                    write_i,
    input  wire [ADDRESS_BITS-1:0] write_address_i,  // scale * SCALE_WORDS + word
    input  wire [            31:0] data_i,
    output wire                    legal_o,

    input  wire                      read_i,
    input  wire [    INDEX_BITS-1:0] read_index_i,
    output wire [32*SCALE_WORDS-1:0] scale_o
);

  if (SCALE_BITS != 32 && SCALE_BITS != 16) begin : g_unsupported
    SCALE_BITS_must_be_32_or_16 unsupported_configuration ();
  end
  if (SCALE_WORDS != 1 && SCALE_WORDS != 2 && SCALE_WORDS != 4) begin : g_unsupported_words
    SCALE_WORDS_must_be_1_2_or_4 unsupported_configuration ();
  end
  if (SCALE_BITS == 16 && SCALE_WORDS != 1) begin : g_unsupported_narrow
    SCALE_BITS_16_is_for_SCALE_WORDS_1 unsupported_configuration ();
  end

  wire [31:0] address = {{32 - ADDRESS_BITS{1'b0}}, write_address_i};
  wire [31:0] index = address / SCALE_WORDS;
  wire [31:0] word = address & (SCALE_WORDS - 1);
  wire [SCALE_BITS-1:0] stored;
  wire [SCALE_WORDS*SCALE_BITS-1:0] read;

  genvar w;
  for (w = 0; w < SCALE_WORDS; w = w + 1) begin : g_word
    banked_ram #(
        .WIDTH(SCALE_BITS),
        .DEPTH(SCALES)
    ) ram (
        .clk_i          (clk_i),
        .bank_i         (bank_i),
        .write_i        (write_i & (word == w)),
        .write_address_i(index[INDEX_BITS-1:0]),
        .write_data_i   (stored),
        .read_i         (read_i),
        .read_address_i (read_index_i),
        .read_data_o    (read[w*SCALE_BITS+:SCALE_BITS])
    );
  end

  wire finite = ~(&data_i[30:23]);
  wire finite_positive = ~data_i[31] & finite & (|data_i[30:0]);
  wire a_number = finite | ~(|data_i[22:0]);
  if (SCALE_BITS == 32) begin : g_fp32
    assign stored  = data_i[SCALE_BITS-1:0];
    assign scale_o = read;
    assign legal_o = (word > 32'd1) ? a_number : finite_positive;
  end else if (SCALE_FP16 == 0) begin : g_bf16
    assign stored  = data_i[31:16];
    assign scale_o = {read, 16'b0};
    assign legal_o = finite_positive & ~(|data_i[15:0]);
  end else begin : g_fp16
    // Exponents differ by 112: 113 to 142 become 1 to 30.
    wire normal = data_i[30] ? (data_i[29:27] == 3'b000) & ~(&data_i[26:23])
                             : (data_i[29:27] == 3'b111) & (|data_i[26:23]);
    assign stored  = {1'b0, data_i[30], data_i[26:23], data_i[22:13]};
    assign scale_o = {read[15], read[14], {3{~read[14]}}, read[13:10], read[9:0], 13'b0};
    assign legal_o = finite_positive & normal & ~(|data_i[12:0]);
  end

  wire unused = &{1'b0, index, a_number};

endmodule

`default_nettype wire
