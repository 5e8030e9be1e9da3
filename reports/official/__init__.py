"""Official reports in the form of Nghị định 30/2020/NĐ-CP: values, the Word file, its PDF preview, and the checker."""
